"""Scores of one night's open carts: how likely their customers are to order in the next seven days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.datasets.moments import OPEN_CARTS, rows_tonight
from ml.datasets.schema import feature_schema
from ml.models.spec import load_spec
from ml.registry.store import Registry
from ml.scoring.score import Scorer, choose_scorer
from regulars import logs, warehouse
from regulars.contracts import Column

if TYPE_CHECKING:
    import duckdb

MODEL = "cart_recovery"
_log = logs.logger("ml")

# The value is rounded first, so that whoever sorts the published table finds the same deciles and bands.
_SCORES = """
create or replace table work.score.cart_score as
with rounded as (
    select
        r.customer_id,
        r.ranking,
        case when not isnan(r.score) then cast(r.score as decimal(9, 6)) end as probability
    from raw_cart_score as r
)

select
    rounded.customer_id,
    cast($as_of as timestamp) as as_of,
    cart.cart_id,
    cast($version as varchar) as version,
    cast($horizon_days as integer) as horizon_days,
    rounded.probability,
    cast(1 + 10 * (row_number() over ranked - 1) // count(*) over () as integer) as decile,
    case
        when rounded.probability >= $high then 'high'
        when rounded.probability >= $medium then 'medium'
        when rounded.probability is not null then 'low'
    end as band,
    cast($is_baseline as boolean) as is_baseline,
    cast($baseline_reason as varchar) as baseline_reason
from rounded
inner join work.intermediate.int_behaviour__carts_open as cart on rounded.customer_id = cart.customer_id
window ranked as (order by rounded.probability, rounded.ranking, rounded.customer_id)
order by rounded.customer_id
"""


def score_carts(
    candidate_folder: Path, models_dir: Path, as_of: datetime, features: Sequence[Column]
) -> dict[str, Any]:
    """Write work.score.cart_score of the candidate, one row an open cart; empty where nobody left one.

    ``features`` are those declared of a cart. Returns, by model, version, is_baseline, baseline_reason and carts. A
    rule that was never learned states no probability and no band, only a decile. Raises DataHeld when a champion's
    files were changed.
    """
    spec, registry = load_spec(MODEL), Registry(models_dir)
    with warehouse.candidate(candidate_folder) as connection:
        schema = feature_schema(connection, features, f"work.intermediate.{OPEN_CARTS}")
        scorer = choose_scorer(registry, spec, schema)
        rows = rows_tonight(connection, OPEN_CARTS, schema, spec.baseline.columns)
        connection.execute("begin transaction")
        connection.execute("create schema if not exists work.score")
        _write(connection, scorer, rows.customer_id, *_predicted(scorer, rows), as_of)
        connection.execute("commit")
    _log.info("scored %d carts", len(rows))
    told = scorer.as_mapping()
    kept = {name: told[name] for name in ("version", "is_baseline", "baseline_reason")}
    return {MODEL: kept | {"carts": len(rows)}}


def _predicted(scorer: Scorer, rows: Any) -> tuple[np.ndarray, np.ndarray]:
    if not len(rows):
        return np.empty(0), np.empty(0)
    said = scorer.predict(rows)
    return said.value, said.ranking


def _write(
    connection: duckdb.DuckDBPyConnection,
    scorer: Scorer,
    customer_id: np.ndarray,
    value: np.ndarray,
    ranking: np.ndarray,
    as_of: datetime,
) -> None:
    import pyarrow as pa

    bands, told = scorer.spec.bands, scorer.as_mapping()
    batch = pa.table({"customer_id": pa.array(customer_id, pa.int64()), "score": value, "ranking": ranking})
    connection.register("raw_cart_score", batch)
    parameters = {name: told[name] for name in ("version", "horizon_days", "is_baseline", "baseline_reason")}
    levels = {"high": bands.high, "medium": bands.medium} if bands else {"high": None, "medium": None}
    connection.execute(_SCORES, {"as_of": as_of, **parameters, **levels})
    connection.unregister("raw_cart_score")
