"""Why two records are one customer: the way from one to the other, edge by edge, in words."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from regulars.errors import UsageError
from regulars.resolve.rules import load_people_rules

if TYPE_CHECKING:
    import duckdb


def explain(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> list[str]:
    """Sentences for the shortest way from record ``one`` to record ``other`` of a publication, or that there is none.

    Raises UsageError for a record the publication does not have.
    """
    customers = {key: _customer_of(connection, key) for key in (one, other)}
    if customers[one] != customers[other]:
        return [f"{one} is customer {customers[one]}, {other} is customer {customers[other]}: no rule joins them."]
    says = {rule.name: rule.says for rule in load_people_rules().rules}
    edges = connection.execute(
        "select left_record_key, right_record_key, string_agg(rule, ',' order by rule) from fct_identity_edge "
        "where customer_id = ? group by 1, 2 order by 1, 2",
        [customers[one]],
    ).fetchall()
    head = f"{one} and {other} are customer {customers[one]}."
    return [head, *(f"{left} and {right} {_said(rules, says)}." for left, right, rules in _way(edges, one, other))]


def _customer_of(connection: duckdb.DuckDBPyConnection, key: str) -> int:
    row = connection.execute(
        "select customer_id from bridge_customer_identifier where record_key = ? limit 1", [key]
    ).fetchone()
    if row is None:
        told = "`regulars sql`, then: select record_key from marts.bridge_customer_identifier"
        raise UsageError(f"There is no record {key!r} in this publication", next_step=told)
    return int(row[0])


def _said(rules: str, says: dict[str, str]) -> str:
    return " and ".join(says.get(rule, f"agree by the rule {rule}") for rule in rules.split(","))


def _way(edges: list[tuple[str, str, str]], one: str, other: str) -> list[tuple[str, str, str]]:
    """The fewest edges that lead from ``one`` to ``other``, in order; none where they are the same record."""
    beside: dict[str, list[tuple[str, str]]] = {}
    for left, right, rules in edges:
        beside.setdefault(left, []).append((right, rules))
        beside.setdefault(right, []).append((left, rules))
    came: dict[str, tuple[str, str] | None] = {one: None}
    waiting = deque([one])
    while waiting and other not in came:
        here = waiting.popleft()
        for there, rules in beside.get(here, []):
            if there not in came:
                came[there] = (here, rules)
                waiting.append(there)
    way, here = [], other
    while (step := came[here]) is not None:
        way.append((step[0], here, step[1]))
        here = step[0]
    return way[::-1]
