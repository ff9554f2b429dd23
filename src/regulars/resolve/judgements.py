"""A steward's judgements: two records are one person, or are not. They are kept, and win over every rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from regulars import clock
from regulars.config import Home
from regulars.errors import UsageError
from regulars.ledger import Ledger, identity_judgement
from regulars.resolve.components import connect

if TYPE_CHECKING:
    import duckdb

SAME, NOT_SAME, WITHDRAWN = "same", "not_same", "withdrawn"
JUDGED = "judged_same"
"""The rule of an edge that a steward made."""


@dataclass(frozen=True)
class Judgement:
    """Whether two records, ``one`` before ``other``, are one person."""

    one: str
    other: str
    is_same: bool


def judge(home: Home, one: str, other: str, verdict: str, because: str) -> None:
    """Keep what a steward says of two records, from now on; an earlier word on them stays in the log and counts no
    more. Raises UsageError where both are the same record.
    """
    if one == other:
        raise UsageError(f"{one!r} is one record", next_step="name two records")
    left, right = sorted((one, other))
    row = {"left_record_key": left, "right_record_key": right, "verdict": verdict, "because": because}
    with Ledger(home.operations_url).transaction() as connection:
        connection.execute(identity_judgement.insert(), row | {"decided_at": clock.utc_now()})


def judgements(home: Home) -> list[Judgement]:
    """What holds of each pair somebody judged: the last word, unless it was withdrawn."""
    table = identity_judgement
    said = Ledger(home.operations_url).rows(sa.select(table).order_by(table.c.position))
    last = {(row["left_record_key"], row["right_record_key"]): row for row in said}
    return [
        Judgement(*pair, row["verdict"] == SAME) for pair, row in sorted(last.items()) if row["verdict"] != WITHDRAWN
    ]


def keep_apart(connection: duckdb.DuckDBPyConnection, apart: Sequence[tuple[int, int]], trust: Sequence[str]) -> None:
    """Take edges out of ``work.resolve.edge`` so that no two numbers of a pair in ``apart`` hang together.

    Where they would, edges are taken in order of trust (rules in the order of ``trust``, then the likelier first, then
    the older records first), each that joins nobody to whom they may not be joined.
    """
    connect(connection, "(select left_number as left_id, right_number as right_id from work.resolve.edge)", "together")
    hung = dict(connection.execute("from together").fetchall())
    wrong = [hung[one] for one, other in apart if one in hung and hung[one] == hung.get(other)]
    edges = connection.execute(
        "select left_number, right_number, rule from work.resolve.edge "
        "join together on node = left_number and least in (select unnest(?::bigint[])) "
        "join aged as one on one.own_number = left_number join aged as other on other.own_number = right_number "
        "order by coalesce(list_position(?, rule), 999), score desc, least(one.age, other.age), "
        "greatest(one.age, other.age)",
        [wrong, list(trust)],
    ).fetchall()
    groups: dict[int, set[int]] = {}
    enemies: dict[int, set[int]] = {}
    for one, other in apart:
        enemies.setdefault(one, set()).add(other)
        enemies.setdefault(other, set()).add(one)
    dropped = []
    for left, right, rule in edges:
        mine, theirs = groups.get(left, {left}), groups.get(right, {right})
        if mine is theirs:
            continue
        if any(enemies.get(number, set()) & theirs for number in mine):
            dropped.append((left, right, rule))
            continue
        both = mine | theirs
        groups.update(dict.fromkeys(both, both))
    for left, right, rule in dropped:
        connection.execute(
            "delete from work.resolve.edge where left_number = ? and right_number = ? and rule = ?", [left, right, rule]
        )
