"""Tonight's customers in the bins of a reference, counted in one pass over a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ml.datasets.frame import SCORED
from ml.datasets.schema import Feature

if TYPE_CHECKING:
    import duckdb

_SAID = """
from work.score.customer_score
where model = ? and as_of = ?
"""


@dataclass(frozen=True)
class Counted:
    """Customers in each bin, last those of whom the value is unknown: ``nulls``, and categories not ``declared``."""

    bins: list[int]
    nulls: int = 0
    undeclared: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(self.bins)


def count_features(
    connection: duckdb.DuckDBPyConnection,
    features: Sequence[Feature],
    edges: Mapping[str, Sequence[float]],
    as_of: datetime,
) -> dict[str, Counted]:
    """Each of ``features`` that has ``edges``, over the customers scored at ``as_of``."""
    wanted = [feature for feature in features if feature.name in edges]
    parts: list[str] = []
    bound: list[Any] = []
    for feature in wanted:
        part, parameters = _counting(feature, edges[feature.name])
        parts.append(f'{part}, count(*) - count(f."{feature.name}")')
        bound += parameters
    (found,) = connection.execute(f"select count(*), {', '.join(parts)} {SCORED}", [*bound, as_of]).fetchall()
    rows, cells = found[0], iter(found[1:])
    return {
        feature.name: _counted(rows, known, edges[feature.name], nulls)
        for feature, known, nulls in zip(wanted, cells, cells, strict=True)
    }


def count_scores(connection: duckdb.DuckDBPyConnection, model: str, edges: Sequence[float], as_of: datetime) -> Counted:
    """What ``model`` said at ``as_of``, a probability or an amount."""
    value = "cast(coalesce(probability, amount) as double)"
    query = f"select count(*), histogram({value}, ?::double[]) {_SAID}"
    ((rows, known),) = connection.execute(query, [list(edges), model, as_of]).fetchall()
    return _counted(rows, known, edges, 0)


def _counting(feature: Feature, edges: Sequence[float]) -> tuple[str, list[Any]]:
    """SQL that gives the known values of a feature by bin, and what it binds."""
    value, bound = feature.as_sql()
    value = value.replace(f'"{feature.name}"', f'f."{feature.name}"')
    # Without an edge nothing was known, and whatever is known now is beyond it.
    return f"histogram({value}, ?::double[])", [*bound, list(edges) or [float("-inf")]]


def _counted(rows: int, known: Mapping[float, int] | None, edges: Sequence[float], nulls: int) -> Counted:
    held = known or {}
    bins = [held.get(edge, 0) for edge in edges]
    bins.append(sum(held.values()) - sum(bins))
    unknown = rows - sum(bins)
    return Counted([*bins, unknown], nulls, unknown - nulls)
