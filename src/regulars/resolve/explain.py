"""Why two records are one customer: the way from one to the other, edge by edge, in words."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from regulars.errors import UsageError
from regulars.resolve.linking import LIKENESS

if TYPE_CHECKING:
    import duckdb

Edge = tuple[str, str, str]
"""Two records, and what holds them together in words."""


def explain(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> list[str]:
    """Sentences for the shortest way from record ``one`` to record ``other`` of a publication, or that there is none.

    Raises UsageError for a record the publication does not have.
    """
    customers = {key: customer_of(connection, key) for key in (one, other)}
    if customers[one] != customers[other]:
        return [f"{one} is customer {customers[one]}, {other} is customer {customers[other]}: nothing joins them."]
    words = (
        "case rule when ? then concat('are alike with a probability of ', score, ' (', because, ')') else because end"
    )
    edges = connection.execute(
        f"select left_record_key, right_record_key, string_agg({words}, ' and ' order by rule) "
        "from fct_identity_edge where customer_id = ? group by 1, 2 order by 1, 2",
        [LIKENESS, customers[one]],
    ).fetchall()
    head = f"{one} and {other} are customer {customers[one]}."
    return [head, *(f"{left} and {right} {because}." for left, right, because in _way(edges, one, other))]


def customer_of(connection: duckdb.DuckDBPyConnection, key: str) -> int:
    """The customer a record of a publication belongs to. Raises UsageError for a record it does not have."""
    row = connection.execute(
        "select customer_id from bridge_customer_identifier where record_key = ? limit 1", [key]
    ).fetchone()
    if row is None:
        told = "`regulars sql`, then: select record_key from marts.bridge_customer_identifier"
        raise UsageError(f"There is no record {key!r} in this publication", next_step=told)
    return int(row[0])


def _way(edges: list[Edge], one: str, other: str) -> list[Edge]:
    """The fewest edges that lead from ``one`` to ``other``, in order; none where they are the same record."""
    beside: dict[str, list[tuple[str, str]]] = {}
    for left, right, because in edges:
        beside.setdefault(left, []).append((right, because))
        beside.setdefault(right, []).append((left, because))
    came: dict[str, tuple[str, str] | None] = {one: None}
    waiting = deque([one])
    while waiting and other not in came:
        here = waiting.popleft()
        for there, because in beside.get(here, []):
            if there not in came:
                came[there] = (here, because)
                waiting.append(there)
    way, here = [], other
    while (step := came[here]) is not None:
        way.append((step[0], here, step[1]))
        here = step[0]
    return way[::-1]
