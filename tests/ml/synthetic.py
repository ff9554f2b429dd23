"""A small candidate whose customers follow a law we wrote, and a small conf, so that a model is trained in a second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from ml.datasets.frame import Frame, training_frame
from ml.models.spec import ModelSpec
from ml.registry.store import Registry
from regulars import config, warehouse
from regulars.contracts import Column

AS_OF = datetime(2018, 1, 1)
ORIGINS = 10
EVERY_DAYS = 7
TIERS = ["basic", "plus", "gold"]


def _meta(about: str, said: str, **more: object) -> dict[str, object]:
    return {
        "feature": True,
        "unit": "number",
        "window": "all",
        "null_means": "unknown",
        "about": about,
        "said": said,
        **more,
    }


FEATURES = [
    Column(
        "days_since_last_order",
        "integer",
        "",
        _meta("silence", "no order for {value} days[, usually {median_gap_days}]"),
    ),
    Column("median_gap_days", "integer", "", _meta("rhythm", "orders every {value} days")),
    Column("net_revenue_28d", "decimal(18,2)", "", _meta("spending", "spent {value}", unit="currency")),
    Column("loyalty", "double", "", _meta("loyalty", "loyalty of {value}")),
    Column("tier", "varchar", "", _meta("card", "card is {value}", values=TIERS)),
    Column("has_card", "boolean", "", _meta("card", "a card: {value}")),
]
NOISE = [
    Column("noise", "double", "", _meta("noise", "noise of {value}")),
    Column("has_card", "boolean", "", _meta("card", "a card: {value}")),
]

_BOOSTER = (
    "{{objective: {objective}, seed: 1, parameters: {{learning_rate: 0.2, num_leaves: 7, min_data_in_leaf: 10}}}}"
)
_CONF = """
target: {target}
horizon_days: 14
origins: {{every_days: 7, count: 5, minimum_history_days: 0}}
boosters: [{booster}, {booster}]
rounds: {{maximum: 60, minimum: 5, early_stopping: 10}}
refit: {refit}
calibration: {calibration}
baseline: {{rule: {rule}, columns: [{columns}], said: "{said}"}}
explained_deciles: {explained}
promotion: {{metric: {metric}, minimum_gain: 0}}
"""


def write_conf(folder: Path) -> None:
    folder.mkdir()
    (folder / "schema.json").write_text((config.CONF / "models" / "schema.json").read_text())
    churn = _CONF.format(
        target="churn",
        booster=_BOOSTER.format(objective="binary"),
        refit="false",
        calibration="sigmoid",
        rule="recency_rule",
        columns="days_since_last_order, median_gap_days",
        said="no order for {days_since_last_order} days[, usually every {median_gap_days}]",
        explained=10,
        metric="roc_auc",
    )
    ltv = _CONF.format(
        target="net_revenue",
        booster=_BOOSTER.format(objective="tweedie"),
        refit="true",
        calibration="scalar",
        rule="last_period_revenue",
        columns="net_revenue_28d",
        said="spent {net_revenue_28d}",
        explained=3,
        metric="normalised_gini",
    )
    (folder / "churn.yml").write_text(churn)
    (folder / "ltv.yml").write_text(ltv)


def draw(customers: int, seed: int) -> pa.Table:
    """Customers at every origin and at AS_OF. Who leaves depends on hidden loyalty, which days only hint at."""
    random = np.random.default_rng(seed)
    loyalty = random.normal(size=customers)
    tier = random.integers(0, len(TIERS), customers)
    parts = []
    for step in range(ORIGINS, -1, -1):
        as_of = AS_OF - timedelta(days=14 + EVERY_DAYS * (step - 1)) if step else AS_OF
        days = np.clip(np.round(20 - 6 * loyalty + random.normal(0, 12, customers)), 0, None).astype(int)
        noise = random.normal(size=customers)
        leaves = random.random(customers) < 1 / (1 + np.exp(2.5 * loyalty + 0.8 * tier))
        spend = np.where(leaves, 0, np.exp(3 + 0.8 * loyalty + random.normal(0, 0.3, customers)))
        parts.append(
            pa.table(
                {
                    "customer_id": np.arange(1, customers + 1),
                    "as_of": pa.array([as_of] * customers, pa.timestamp("us")),
                    "days_since_last_order": days,
                    "median_gap_days": pa.array([None if d % 7 == 0 else int(d) for d in days], pa.int32()),
                    "net_revenue_28d": np.round(np.exp(3 + 0.8 * loyalty + random.normal(0, 1.2, customers)), 2),
                    "loyalty": loyalty,
                    "tier": [TIERS[t] for t in tier],
                    "has_card": noise > 0,
                    "noise": noise,
                    "tenure_days": np.arange(1, customers + 1) * 3,
                    "net_revenue_168d": np.arange(customers, dtype=float),
                    "is_churned": leaves,
                    "net_revenue": np.round(spend, 2),
                }
            )
        )
    return pa.concat_tables(parts)


def build_candidate(folder: Path, customers: int = 240, seed: int = 5, change: str = "") -> Path:
    """A candidate of the drawn customers; ``change`` is SQL run on the table ``drawn`` before it is laid out."""
    for name in ("regulars", "work"):
        warehouse.create(folder / f"{name}.duckdb")
    with warehouse.candidate(folder) as connection:
        connection.register("rows_drawn", draw(customers, seed))
        connection.execute("create temp table drawn as from rows_drawn")
        if change:
            connection.execute(change)
        connection.execute("create schema regulars.marts")
        connection.execute("create schema work.intermediate")
        connection.execute("create schema work.run")
        connection.execute(
            "create table work.run.context as select 'UTC' as business_zone, 'USD' as reporting_currency"
        )
        connection.execute(
            "create table regulars.marts.customer_features as select customer_id, as_of, "
            "days_since_last_order::integer as days_since_last_order, median_gap_days, "
            "net_revenue_28d::decimal(18, 2) as net_revenue_28d, loyalty, tier, has_card, noise, tenure_days, "
            "net_revenue_168d from drawn"
        )
        connection.execute(
            "create table regulars.marts.dim_customer as select distinct customer_id, case when customer_id <= 20 "
            "then '19-24' when customer_id <= 200 then '45-54' end as age_band, null::varchar as income_band, "
            "'DE' as country from drawn"
        )
        connection.execute(
            "create table work.intermediate.int_training__customer_labels as select customer_id, as_of, "
            "14 as horizon_days, is_churned, net_revenue::decimal(18, 2) as net_revenue from drawn where as_of < ?",
            [AS_OF],
        )
        connection.execute(
            "create table work.intermediate.int_consent__objectors (as_of timestamp, customer_id bigint)"
        )
        connection.execute(
            "create schema work.previous; create table work.previous.model_quality (model varchar, version varchar, "
            "scorer varchar, metric varchar, value double, origin timestamp, horizon_days integer, rows bigint, "
            "basis varchar)"
        )
        connection.execute(
            "create table work.intermediate.int_training__scores_ripened (as_of timestamp, customer_id bigint, "
            "model varchar, version varchar, horizon_days integer, probability decimal(9, 6), amount decimal(18, 2), "
            "is_baseline boolean, is_churned boolean, net_revenue decimal(18, 2))"
        )
    return folder


@dataclass(frozen=True)
class Place:
    """A candidate and the folder of the registry beside it."""

    candidate: Path
    models: Path

    @property
    def registry(self) -> Registry:
        return Registry(self.models)

    def frame(self, spec: ModelSpec, features: list[Column] = FEATURES) -> Frame:
        with warehouse.candidate(self.candidate, read_only=True) as connection:
            return training_frame(connection, spec, features)

    def change(self, statement: str) -> None:
        with warehouse.candidate(self.candidate) as connection:
            connection.execute(statement)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with warehouse.candidate(self.candidate, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def content_hash(self, table: str = "work.score.customer_score") -> str:
        with warehouse.candidate(self.candidate, read_only=True) as connection:
            return warehouse.content_hash(connection, table)
