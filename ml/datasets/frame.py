"""Rows for learning and rows for scoring, read by the same expressions, so that both mean the same.

Numbers come as float64 with NaN for null. They are inputs of a model, never money to be added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.datasets.origins import label_end
from ml.datasets.schema import Feature, feature_schema
from ml.models.spec import ModelSpec
from regulars.contracts import Column
from regulars.errors import RegularsError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

LABEL_TABLE = "work.intermediate.int_training__customer_labels"
LABELS = {"churn": "is_churned", "net_revenue": "net_revenue"}
"""The label column of each target."""

_TRAINING_ROWS = """
select
    l.as_of as as_of,
    <columns>
from regulars.marts.customer_features as f
inner join work.intermediate.int_training__customer_labels as l
    on f.customer_id = l.customer_id and f.as_of = l.as_of
where l.horizon_days = ?
order by l.as_of, l.customer_id
"""
_ORPHANS = """
select count(*)
from work.intermediate.int_training__customer_labels as l
anti join regulars.marts.customer_features as f
    on l.customer_id = f.customer_id and l.as_of = f.as_of
where l.horizon_days = ?
"""
SCORED = """
from regulars.marts.customer_features as f
anti join work.intermediate.int_consent__objectors as o
    on f.customer_id = o.customer_id and f.as_of = o.as_of
where f.as_of = ? and f.days_since_last_order is not null
"""
"""Whom a night scores: customers with an order who do not object to profiling; binds as_of."""

_SCORING_ROWS = f"select <columns> {SCORED} order by f.customer_id"


@dataclass(frozen=True)
class Rows:
    """Customers with their features: ``matrix`` is (rows, features), null is NaN; ``rule_inputs`` feed the baseline."""

    customer_id: np.ndarray
    matrix: np.ndarray
    rule_inputs: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.customer_id)

    def where(self, chosen: np.ndarray) -> Rows:
        """The rows for which ``chosen`` is true, in the same order."""
        inputs = {name: values[chosen] for name, values in self.rule_inputs.items()}
        return Rows(self.customer_id[chosen], self.matrix[chosen], inputs)


@dataclass(frozen=True)
class Frame:
    """One row a customer and origin, ordered by (as_of, customer_id), with what happened afterwards.

    ``as_of`` and ``label_end`` are datetime64[us] in UTC: the label of a row lies in between. ``label`` is 0 or 1 for
    churn, and an amount in the reporting currency for net revenue.
    """

    features: tuple[Feature, ...]
    rows: Rows
    as_of: np.ndarray
    label_end: np.ndarray
    label: np.ndarray

    def __len__(self) -> int:
        return len(self.as_of)

    @property
    def origins(self) -> list[datetime]:
        """The distinct origins, oldest first."""
        return [value.item() for value in np.unique(self.as_of)]

    def where(self, chosen: np.ndarray) -> Frame:
        """The rows for which ``chosen`` is true, in the same order."""
        return replace(
            self,
            rows=self.rows.where(chosen),
            as_of=self.as_of[chosen],
            label_end=self.label_end[chosen],
            label=self.label[chosen],
        )

    def known_at(self, instant: datetime) -> Frame:
        """The rows whose label had wholly happened at ``instant``."""
        return self.where(self.label_end <= np.datetime64(instant, "us"))

    def at(self, origin: datetime) -> Frame:
        """The rows of one origin."""
        return self.where(self.as_of == np.datetime64(origin, "us"))

    def latest(self, count: int) -> Frame:
        """The rows of the latest ``count`` origins."""
        return self.where(np.isin(self.as_of, np.unique(self.as_of)[-count:]))


def training_frame(connection: duckdb.DuckDBPyConnection, spec: ModelSpec, columns: Sequence[Column]) -> Frame:
    """The frame of ``spec`` over every origin in the candidate that has labels for its horizon.

    ``columns`` are the contract's features. Raises RegularsError when a label stands without its features.
    """
    features = feature_schema(connection, columns)
    _refuse_orphans(connection, spec)
    select, parameters = selected(features, spec.baseline.columns)
    query = _TRAINING_ROWS.replace("<columns>", f'{select}, cast(l."{LABELS[spec.target]}" as double) as label')
    table = connection.sql(query, params=[*parameters, spec.horizon_days]).to_arrow_table()
    as_of = table["as_of"].to_numpy().astype("datetime64[us]")
    zone = business_zone(connection)
    origins, position = np.unique(as_of, return_inverse=True)
    ends = np.array([label_end(origin.item(), spec.horizon_days, zone) for origin in origins], dtype="datetime64[us]")
    label = table["label"].to_numpy()
    return Frame(features, rows_of(table, features, spec.baseline.columns), as_of, ends[position], label)


def scoring_batches(
    connection: duckdb.DuckDBPyConnection,
    features: tuple[Feature, ...],
    rule_columns: Sequence[str],
    as_of: datetime,
    batch_rows: int,
) -> Iterator[Rows]:
    """The customers of one night with at least one order before ``as_of``, in batches, ordered by customer_id.

    Who objects to profiling is not among them.
    """
    select, parameters = selected(features, rule_columns)
    query = _SCORING_ROWS.replace("<columns>", select)
    for batch in connection.sql(query, params=[*parameters, as_of]).to_arrow_reader(batch_rows):
        if batch.num_rows:
            yield rows_of(batch, features, rule_columns)


def business_zone(connection: duckdb.DuckDBPyConnection) -> str:
    """The IANA zone of the candidate's business days."""
    (zone,) = connection.execute("select business_zone from work.run.context").fetchall()[0]
    return zone


def _refuse_orphans(connection: duckdb.DuckDBPyConnection, spec: ModelSpec) -> None:
    (orphans,) = connection.execute(_ORPHANS, [spec.horizon_days]).fetchall()[0]
    if orphans:
        raise RegularsError(
            f"{orphans} labels have no features of the same customer and as_of",
            where=LABEL_TABLE,
            next_step="build the candidate again: features and labels must come from the same origins",
        )


def selected(
    features: Sequence[Feature], rule_columns: Sequence[str], who: str = "customer_id"
) -> tuple[str, list[Any]]:
    """The columns of a query that ``rows_of`` reads, from a table called ``f`` whose rows are of ``who``, and what they
    bind.
    """
    parts, parameters = [f'f."{who}" as customer_id'], []
    for number, feature in enumerate(features):
        expression, bound = feature.as_sql()
        parts.append(f"{expression} as feature_{number}")
        parameters += bound
    parts += [f'cast(f."{name}" as double) as rule_{number}' for number, name in enumerate(rule_columns)]
    return ", ".join(parts), parameters


def rows_of(batch: pa.Table | pa.RecordBatch, features: Sequence[Feature], rule_columns: Sequence[str]) -> Rows:
    """What a query of ``selected`` columns found, null as NaN."""
    matrix = np.empty((batch.num_rows, len(features)))
    for number in range(len(features)):
        matrix[:, number] = _numbers(batch, f"feature_{number}")
    inputs = {name: _numbers(batch, f"rule_{number}") for number, name in enumerate(rule_columns)}
    return Rows(batch.column("customer_id").to_numpy(), matrix, inputs)


def _numbers(batch: pa.Table | pa.RecordBatch, name: str) -> np.ndarray:
    """A DOUBLE column as float64, null as NaN."""
    import pyarrow as pa

    column = batch.column(name)
    return column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)
