"""Rows of moments: of a visit after each of its events, of a cart on a night after it was left.

They make the same ``Frame`` as customers do; its origins are the beginnings of periods, and ``customer_id`` stands for
whose moments they are: visits, or customers with a cart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ml.datasets.frame import Frame, Rows, rows_of, selected
from ml.datasets.origins import PERIODS_HELD_BACK
from ml.datasets.schema import Feature, feature_schema
from ml.models.spec import ModelSpec, load_spec, moment_names
from regulars import clock, warehouse
from regulars.contracts import Column

if TYPE_CHECKING:
    import duckdb

_TRAINING_ROWS = """
select period.begins, period.ends, cast(f."{label}" as double) as label, {columns}
from work.intermediate.{table} as f
inner join work.run.period as period on f.as_of = period.as_of and period.target = ?
order by {order}
"""


@dataclass(frozen=True)
class Moments:
    """Where the rows of a target are: the dbt model, the one that declares its features, its label, whose a row is."""

    table: str
    contract: str
    label: str
    who: str
    order: str


VISITS, OPEN_CARTS = "int_moments__visits_followed", "int_behaviour__carts_open"
CAMPAIGNS = "int_moments__campaigns_answered"
MOMENTS = {
    "visit_order": Moments(VISITS, VISITS, "is_ordered", "session_id", "f.as_of, f.session_id, f.events"),
    "cart_recovery": Moments(
        "int_moments__carts_labelled", OPEN_CARTS, "is_recovered", "customer_id", "f.as_of, f.customer_id"
    ),
    "response": Moments(CAMPAIGNS, CAMPAIGNS, "has_redeemed", "customer_id", "f.as_of, f.customer_id, f.campaign_id"),
}
"""By target of ``conf/models``."""


def learnable(database: Path) -> list[ModelSpec]:
    """The models of moments of which the published ``database`` has any: whose mart is not empty; by name."""
    with warehouse.published(database) as connection:
        return [
            spec
            for spec in map(load_spec, moment_names())
            if connection.execute(f"select 1 from {spec.needs} limit 1").fetchall()
        ]


def training_periods(
    specs: Sequence[ModelSpec], as_of_day: date, history_from: date, zone: str
) -> list[tuple[str, datetime, datetime, datetime, datetime]]:
    """The periods a frame needs so that ``specs`` can be trained at the start of ``as_of_day``; latest first, UTC.

    A row is a stretch of ``horizon_days`` business days: target, begin and end of the period it is in, its own begin
    and end. ``origins_together`` stretches are one period, the latest of which ends with ``as_of_day``; periods begin
    every ``every_days`` (of so many stretches), so longer ones overlap.
    """
    found: list[tuple[str, datetime, datetime, datetime, datetime]] = []
    for spec in specs:
        days, step = (length * spec.origins_together for length in (spec.horizon_days, spec.every_days))
        oldest = history_from + timedelta(days=spec.minimum_history_days)
        for number in range(spec.origin_count + PERIODS_HELD_BACK * spec.horizon_days // spec.every_days):
            first = as_of_day - timedelta(days=days + step * number)
            if first < oldest:
                break
            starts = [first + timedelta(days=spec.horizon_days * each) for each in range(spec.origins_together + 1)]
            at = [clock.business_day_start(day, zone) for day in starts]
            found += [(spec.target, at[0], at[-1], begins, ends) for begins, ends in pairwise(at)]
    return found


def moment_frame(connection: duckdb.DuckDBPyConnection, spec: ModelSpec, columns: Sequence[Column]) -> Frame:
    """The frame of ``spec`` over every period in the candidate; ``columns`` are the declared features of its moments.

    Empty where nothing happened in any period.
    """
    moments = MOMENTS[spec.target]
    features = feature_schema(connection, columns, f"work.intermediate.{moments.table}")
    select, bound = selected(features, spec.baseline.columns, moments.who)
    query = _TRAINING_ROWS.format(label=moments.label, columns=select, table=moments.table, order=moments.order)
    table = connection.sql(query, params=[*bound, spec.target]).to_arrow_table()
    begins, ends = (table[name].to_numpy().astype("datetime64[us]") for name in ("begins", "ends"))
    return Frame(features, rows_of(table, features, spec.baseline.columns), begins, ends, table["label"].to_numpy())


def rows_tonight(
    connection: duckdb.DuckDBPyConnection, table: str, features: Sequence[Feature], rule_columns: Sequence[str]
) -> Rows:
    """The rows of ``table`` (work.intermediate), one a customer, to be scored tonight."""
    select, bound = selected(features, rule_columns)
    query = f"select {select} from work.intermediate.{table} as f order by f.customer_id"
    return rows_of(connection.sql(query, params=bound).to_arrow_table(), features, rule_columns)
