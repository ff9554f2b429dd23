"""Scores of one night: every customer with at least one order before ``as_of`` who does not object to profiling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.clustering.registry import ClusterRegistry
from ml.clustering.spec import CLUSTERS
from ml.datasets.frame import Rows, scoring_batches
from ml.datasets.schema import Feature, feature_schema
from ml.forecast.registry import ForecastRegistry
from ml.models.baseline import predict_baseline, untrained_baseline
from ml.models.ensemble import Prediction
from ml.models.learners import Fitted
from ml.models.spec import ModelSpec, load_spec, log_names, spec_names
from ml.registry.store import Registry, StoredModel
from ml.scoring.clusters import write_clusters
from ml.scoring.forecasts import write_forecasts
from ml.scoring.quality import write_quality
from ml.scoring.reasons import write_reasons
from regulars import logs, warehouse
from regulars.contracts import Column
from regulars.failpoint import failpoint

if TYPE_CHECKING:
    import duckdb

BATCH_ROWS = 50_000
_log = logs.logger("ml")

# The value is rounded first, so that whoever sorts the published table finds the same deciles.
_SCORES = """
create or replace table work.score.customer_score as
with
declared as (
    select unnest($models, recursive := true)
),

rounded as (
    select
        r.customer_id,
        d.model,
        d.version,
        d.horizon_days,
        d.is_baseline,
        cast(d.baseline_reason as varchar) as baseline_reason,
        r.ranking,
        case when d.target = 'churn' then cast(r.score as decimal(9, 6)) end as probability,
        case when d.target = 'net_revenue' then cast(r.score as decimal(18, 2)) end as amount
    from raw_score as r
    inner join declared as d on r.model = d.model
)

select
    customer_id,
    cast($as_of as timestamp) as as_of,
    model,
    version,
    cast(horizon_days as integer) as horizon_days,
    probability,
    amount,
    case when amount is not null then (select reporting_currency from work.run.context) end as currency,
    cast(1 + 10 * (row_number() over ranked - 1) // count(*) over (partition by model) as integer) as decile,
    is_baseline,
    baseline_reason,
    cast(null as varchar) as reason_1,
    cast(null as varchar) as reason_2,
    cast(null as varchar) as reason_3
from rounded
window ranked as (partition by model order by probability, amount, ranking, customer_id)
order by model, customer_id
"""


@dataclass(frozen=True)
class Scorer:
    """What scores one model tonight: its champion, or its baseline with the reason why."""

    spec: ModelSpec
    champion: StoredModel | None
    baseline: dict[str, Any]
    baseline_reason: str | None = None

    @property
    def fitted(self) -> Fitted | None:
        """What was learned; None where the rule scores."""
        return self.champion.ensemble if self.champion else None

    @property
    def version(self) -> str:
        """The champion's version, or the name of the rule."""
        return self.champion.version if self.champion else self.baseline["version"]

    def predict(self, rows: Rows) -> Prediction:
        """A probability, or an amount, for each of ``rows``."""
        if self.champion:
            return self.champion.ensemble.predict(rows.matrix)
        return predict_baseline(self.spec, self.baseline, rows)

    def as_mapping(self) -> dict[str, Any]:
        """What every row of this model's scores says."""
        return {
            "model": self.spec.name,
            "target": self.spec.target,
            "version": self.version,
            "horizon_days": self.champion.card["horizon_days"] if self.champion else self.spec.horizon_days,
            "is_baseline": self.champion is None,
            "baseline_reason": self.baseline_reason,
        }


def score_customers(
    candidate_folder: Path, models_dir: Path, as_of: datetime, features: Sequence[Column]
) -> dict[str, Any]:
    """Write work.score of the candidate in one transaction: scores, forecasts, clusters, model_quality and model_lift.

    ``features`` are the contract's. Returns, by model, version, is_baseline, baseline_reason and customers, and of
    forecasts and clusters what `write_forecasts` and `write_clusters` say. Deciles run from 1 to 10, 10 the highest;
    equal scores are ordered by customer_id. Raises DataHeld when a champion's files were changed.
    """
    registry = Registry(models_dir)
    with warehouse.candidate(candidate_folder) as connection:
        schema = feature_schema(connection, features)
        scorers = [choose_scorer(registry, load_spec(name), schema) for name in spec_names()]
        connection.execute("begin transaction")
        connection.execute("create schema if not exists work.score")
        customers = write_scores(connection, scorers, schema, as_of)
        for scorer in scorers:
            write_reasons(connection, scorer.spec, scorer.fitted, features, schema, as_of)
        champions = [*(scorer.champion for scorer in scorers), *map(ForecastRegistry(models_dir).champion, log_names())]
        write_quality(connection, registry, [champion for champion in champions if champion])
        clustered = write_clusters(connection, ClusterRegistry(models_dir), as_of)
        forecasts = write_forecasts(connection, models_dir, as_of)
        connection.execute("commit")
    _log.info("scored %d customers with %d models", customers, len(scorers))
    told = ("version", "is_baseline", "baseline_reason")
    models = [scorer.as_mapping() for scorer in scorers]
    said = {entry["model"]: {name: entry[name] for name in told} | {"customers": customers} for entry in models}
    return {**said, **forecasts, CLUSTERS: clustered}


def write_scores(
    connection: duckdb.DuckDBPyConnection, scorers: Sequence[Scorer], schema: tuple[Feature, ...], as_of: datetime
) -> int:
    """Replace work.score.customer_score, its reasons null, in the caller's transaction; gives how many customers."""
    import pyarrow as pa

    rule_columns = sorted({name for scorer in scorers for name in scorer.spec.baseline.columns})
    types = pa.schema({"customer_id": pa.int64(), "model": pa.string(), "score": pa.float64(), "ranking": pa.float64()})
    raw: list[pa.RecordBatch] = []
    customers = 0
    for rows in scoring_batches(connection, schema, rule_columns, as_of, BATCH_ROWS):
        for scorer in scorers:
            said = scorer.predict(rows)
            columns = [rows.customer_id, pa.repeat(scorer.spec.name, len(rows)), said.value, said.ranking]
            raw.append(pa.record_batch(columns, schema=types))
            failpoint("score.mid_batches")
        customers += len(rows)
    connection.register("raw_score", pa.Table.from_batches(raw, types))
    connection.execute(_SCORES, {"models": [scorer.as_mapping() for scorer in scorers], "as_of": as_of})
    connection.unregister("raw_score")
    return customers


def choose_scorer(registry: Registry, spec: ModelSpec, features: tuple[Feature, ...]) -> Scorer:
    """The champion of ``spec``; its baseline while there is none, or while the champion knows other columns.

    Raises DataHeld when the champion's files were changed.
    """
    champion = registry.champion(spec.name)
    baseline = registry.noted(spec.name, "baseline") or untrained_baseline(spec)
    if not champion:
        return Scorer(spec, None, baseline, "no trained model has beaten it yet")
    if champion.ensemble.features != features:
        reason = f"champion {champion.version} was trained on other columns: {_difference(champion, features)}"
        _log.warning("model '%s': %s; its baseline scores until the next training", spec.name, reason)
        return Scorer(spec, None, baseline, reason)
    return Scorer(spec, champion, baseline)


def _difference(champion: StoredModel, features: tuple[Feature, ...]) -> str:
    trained = champion.ensemble.features
    odd = sorted({feature.name for feature in set(trained) ^ set(features)})
    more = f" and {len(odd) - 5} more" if len(odd) > 5 else ""
    return f"{', '.join(odd[:5])}{more}" if odd else "another order"
