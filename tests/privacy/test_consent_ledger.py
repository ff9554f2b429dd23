"""The ledger of consents grows at its end only, never twice by the same decision, and shows when it was touched."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from regulars import ledger
from regulars.config import Home
from regulars.errors import RegularsError
from regulars.privacy.consent_ledger import FIRST_HASH, append_decisions, hash_of, verify_chain
from tests.privacy.conftest import Said

DAY = timedelta(days=1)
SAID_AT = datetime(2025, 3, 1, 10, 0, 0, 123456)
KNOWN_AT = datetime(2025, 3, 2, 4)
FIRST: list[Said] = [
    ("2", "profiling", "deny", SAID_AT, KNOWN_AT),
    ("1", "profiling", "grant", SAID_AT, KNOWN_AT),
    ("1", "marketing", "grant", SAID_AT, KNOWN_AT - DAY),
]
SECOND: list[Said] = [*FIRST, ("1", "profiling", "deny", SAID_AT + DAY, KNOWN_AT + DAY)]

CandidateOf = Callable[[Sequence[Said]], Path]
table = ledger.consent_decision


def rows(home: Home) -> list[dict[str, Any]]:
    return ledger.Ledger(home.operations_url).rows(sa.select(table).order_by(table.c.position))


def tamper(home: Home, statement: sa.Executable) -> None:
    with ledger.Ledger(home.operations_url).transaction() as transaction:
        transaction.execute(statement)


def told(home: Home) -> list[tuple[Any, ...]]:
    return [(row["record_key"], row["purpose"], row["decision"], row["recorded_at"]) for row in rows(home)]


def test_decisions_are_appended_as_they_became_known_whatever_order_they_come_in(
    home: Home, candidate_of: CandidateOf
) -> None:
    assert append_decisions(candidate_of(FIRST[::-1]), home)["appended"] == 3
    assert told(home) == [
        ("1", "marketing", "grant", KNOWN_AT - DAY),
        ("1", "profiling", "grant", KNOWN_AT),
        ("2", "profiling", "deny", KNOWN_AT),
    ]
    assert [row["position"] for row in rows(home)] == [1, 2, 3]


def test_what_is_there_is_not_appended_again_and_what_is_new_comes_after_it(
    home: Home, candidate_of: CandidateOf
) -> None:
    append_decisions(candidate_of(FIRST), home)
    before = rows(home)
    assert append_decisions(candidate_of(FIRST), home)["appended"] == 0
    after = append_decisions(candidate_of(SECOND), home)
    assert (after["appended"], after["decisions"]) == (1, 4)
    assert rows(home)[:3] == before
    assert after["head"] == rows(home)[-1]["hash"] == verify_chain(home).head


def test_an_earlier_night_built_later_appends_nothing(home: Home, candidate_of: CandidateOf) -> None:
    append_decisions(candidate_of(SECOND), home)
    assert append_decisions(candidate_of(FIRST), home)["appended"] == 0


def test_a_decision_that_was_known_earlier_than_was_thought_is_one_more_row(
    home: Home, candidate_of: CandidateOf
) -> None:
    append_decisions(candidate_of(FIRST[:1]), home)
    came_late: list[Said] = [(*FIRST[0][:4], KNOWN_AT - DAY)]
    assert append_decisions(candidate_of(came_late), home)["appended"] == 1
    assert [row["recorded_at"] for row in rows(home)] == [KNOWN_AT, KNOWN_AT - DAY]


@pytest.mark.parametrize(
    ("point", "appended"), [("before_append", 0), ("mid_append", 0), ("after_append", len(SECOND))]
)
def test_after_a_kill_the_next_run_appends_what_is_not_there(
    home: Home, candidate_of: CandidateOf, append_apart: Callable[..., int], point: str, appended: int
) -> None:
    folder = candidate_of(SECOND)
    assert append_apart(folder, f"consent.{point}:kill") == -signal.SIGKILL
    assert len(rows(home)) == appended
    assert append_decisions(folder, home) == {
        "appended": len(SECOND) - appended,
        "decisions": len(SECOND),
        "head": verify_chain(home).head,
    }


def test_a_kill_between_two_chunks_changes_no_row(
    home: Home, candidate_of: CandidateOf, append_apart: Callable[..., int]
) -> None:
    folder = candidate_of([(str(number), "profiling", "grant", SAID_AT, KNOWN_AT) for number in range(10_500)])
    assert append_apart(folder, "consent.mid_append:kill:2") == -signal.SIGKILL
    assert verify_chain(home).decisions == 10_000
    assert append_decisions(folder, home)["appended"] == 500
    chained = rows(home)
    tamper(home, sa.delete(table))
    assert append_decisions(folder, home)["appended"] == 10_500
    assert rows(home) == chained


def test_an_empty_ledger_is_whole(home: Home, candidate_of: CandidateOf) -> None:
    assert append_decisions(candidate_of([]), home) == {"appended": 0, "decisions": 0, "head": FIRST_HASH}
    assert verify_chain(home).decisions == 0


CHANGES: dict[str, Any] = {
    "decision": "deny",
    "purpose": "ads",
    "record_key": "3",
    "effective_at": SAID_AT + timedelta(microseconds=1),
    "recorded_at": KNOWN_AT - DAY,
    "policy_version": None,
    "jurisdiction": "US",
    "hash": "f" * 64,
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_row_is_found_and_named(home: Home, candidate_of: CandidateOf, column: str) -> None:
    append_decisions(candidate_of(SECOND), home)
    tamper(home, sa.update(table).where(table.c.position == 2).values({column: CHANGES[column]}))
    with pytest.raises(RegularsError, match="Decision 2 is not what was appended"):
        verify_chain(home)


def test_a_row_changed_with_its_own_hash_is_found_at_the_next(home: Home, candidate_of: CandidateOf) -> None:
    append_decisions(candidate_of(SECOND), home)
    first, second, *_ = rows(home)
    forged = {**second, "decision": "deny"}
    values = {"decision": "deny", "hash": hash_of(first["hash"], forged)}
    tamper(home, sa.update(table).where(table.c.position == 2).values(values))
    with pytest.raises(RegularsError, match="Decision 3 is not what was appended"):
        verify_chain(home)


def test_a_row_taken_out_is_found_and_one_off_the_end_by_the_head(home: Home, candidate_of: CandidateOf) -> None:
    head = append_decisions(candidate_of(SECOND), home)["head"]
    tamper(home, sa.delete(table).where(table.c.position == 4))
    assert verify_chain(home).head != head
    tamper(home, sa.delete(table).where(table.c.position == 2))
    with pytest.raises(RegularsError, match="Decision 2 is gone: 3 follows 1"):
        verify_chain(home)


def test_no_row_can_be_put_in_twice(home: Home, candidate_of: CandidateOf) -> None:
    append_decisions(candidate_of(FIRST), home)
    again = {**rows(home)[0], "position": 4}
    with pytest.raises(sa.exc.IntegrityError):
        tamper(home, sa.insert(table).values(again))
