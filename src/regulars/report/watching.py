"""What has shifted, as the page tells it: figures beyond their bounds, and who moved between RFM names last night."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.report.facts import Row, rows_of

if TYPE_CHECKING:
    import duckdb

_SHIFTED = """
select because, state, max(nights) as nights, bool_or(is_break) as is_break, bool_or(what = 'season') as is_season
from marts.drift
where state in ('warn', 'alarm')
group by because, state
order by state, nights desc, because
"""
_WATCHED = """
select count(*) filter (where state <> 'unwatched') as figures, count(*) filter (where what = 'reference') as unknown
from marts.drift
"""
_MOVED = """
select from_segment, to_segment, customers
from marts.segment_change
where family = 'rfm' and from_segment <> to_segment and as_of = (select max(as_of) from marts.segment_change)
order by customers desc, from_segment, to_segment
limit 10
"""
_COMPARED = """
select sum(customers) as customers, coalesce(sum(customers) filter (where from_segment <> to_segment), 0) as moved
from marts.segment_change
where family = 'rfm' and from_segment is not null and to_segment is not null
    and as_of = (select max(as_of) from marts.segment_change)
"""


def watching_section(connection: duckdb.DuckDBPyConnection) -> Row:
    """``figures`` that were watched and ``unknown``, models that cannot be; ``shifted``: those beyond a bound, each
    sentence once, alarms first; ``compared``: customers named in both publications, and those who ``moved``; ``ways``:
    the ten on which most did.
    """
    (watched,), (compared,) = rows_of(connection, _WATCHED), rows_of(connection, _COMPARED)
    return {
        **watched,
        "shifted": rows_of(connection, _SHIFTED),
        "compared": compared,
        "ways": rows_of(connection, _MOVED),
    }
