"""Whether the RFM names are shared out as they were some weeks before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ml.watching.finding import Finding, at_least
from ml.watching.spec import WatchSpec
from ml.watching.stability import psi, psi_by_chance

if TYPE_CHECKING:
    import duckdb

FAMILY = "rfm"
_TONIGHT = """
select rfm_segment, count(*)
from regulars.marts.customer_rfm
group by all
"""
_BEFORE = """
select to_segment, sum(customers), cast(min(as_of) as date)
from work.previous.segment_change
where family = ? and to_segment is not null and as_of = (
    select min(as_of) from work.previous.segment_change where family = ? and as_of >= ?
)
group by to_segment
"""


def segment_findings(connection: duckdb.DuckDBPyConnection, spec: WatchSpec, as_of: datetime) -> list[Finding]:
    """The PSI of the shares of the RFM names against the earliest night kept of the last ``segment_days`` days.

    None without such a night, or without customers.
    """
    since = as_of - timedelta(days=spec.segment_days, hours=1)
    before = {name: (int(count), day) for name, count, day in _rows(connection, _BEFORE, [FAMILY, FAMILY, since])}
    tonight = {name: int(count) for name, count in _rows(connection, _TONIGHT, [])}
    if not before or not tonight:
        return []
    names = sorted(before.keys() | tonight.keys())
    then, now = [before.get(name, (0,))[0] for name in names], [tonight.get(name, 0) for name in names]
    figure = psi(then, now)
    bounds = at_least(spec.psi, psi_by_chance(then, now, spec.beyond_chance))
    day = next(iter(before.values()))[1]
    because = f"shares of the RFM names against the night of {day}: PSI {figure:.2f}, alarm from {bounds.alarm:.2f}"
    return [Finding(FAMILY, "", "segment", "rfm_segment", "psi", figure, None, bounds, sum(now), because)]


def _rows(connection: duckdb.DuckDBPyConnection, query: str, bound: list[Any]) -> list[tuple[Any, ...]]:
    return connection.execute(query, bound).fetchall()
