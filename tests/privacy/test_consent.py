"""What holds for a customer: in Python, in SQL and by brute force the same, and at each edge what the rule says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from jinja2 import Environment

from regulars import config, warehouse
from regulars.privacy.consent import Decision, State, consent_state
from tests.privacy.histories import AS_OF, BASES, KNOWN_BY, History, by_brute_force, histories, kinds

HISTORIES = 10_000
SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)


def state_in_sql(found: Sequence[History], origins: Sequence[tuple[datetime, datetime]]) -> dict[Any, State]:
    """What the macro says, by as_of, customer_id and basis: its own text, run on DuckDB."""
    said = [(one, decision) for one in found for decision in one.decisions]
    tables = {
        "origins": pa.table({"as_of": [as_of for as_of, _ in origins], "known_by": [known for _, known in origins]}),
        "customers": pa.table({"customer_id": [one.customer_id for one in found]}),
        "channels": pa.table({"purpose": list(BASES), "channel": list(BASES), "basis": list(BASES)}),
        "decisions": pa.table(
            {
                "customer_id": pa.array([one.customer_id for one, _ in said], pa.int64()),
                "source": pa.array([decision.source for _, decision in said], pa.string()),
                "record_key": pa.array([decision.record_key for _, decision in said], pa.string()),
                "purpose": pa.array([one.basis for one, _ in said], pa.string()),
                "channel": pa.array([one.basis for one, _ in said], pa.string()),
                "decision": pa.array([decision.decision for _, decision in said], pa.string()),
                "effective_at": pa.array([decision.effective_at for _, decision in said], pa.timestamp("us")),
                "known_at": pa.array([decision.recorded_at for _, decision in said], pa.timestamp("us")),
            }
        ),
    }
    macros = (config.PROJECT / "dbt_project" / "macros" / "consent.sql").read_text()
    sql = Environment().from_string(f"{macros}{{{{ consent_state({', '.join(map(repr, tables))}) }}}}").render()
    with warehouse.memory() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        rows = connection.execute(
            f"select as_of, customer_id, basis, is_allowed, decision, decided_at from ({sql})"
        ).fetchall()
    assert len({row[:3] for row in rows}) == len(rows) == len({one for one, _ in origins}) * len(found) * len(BASES)
    return {row[:3]: State(*row[3:]) for row in rows}


def test_python_and_sql_say_what_brute_force_says_of_ten_thousand_histories() -> None:
    found = list(histories(HISTORIES))
    assert min(kinds(found).values()) > HISTORIES / 20, kinds(found)
    in_sql = state_in_sql(found, [(AS_OF, KNOWN_BY)])
    for one in found:
        expected = by_brute_force(one)
        assert consent_state(one.decisions, one.basis, AS_OF, KNOWN_BY) == expected, one
        assert in_sql[AS_OF, one.customer_id, one.basis] == expected, one


def test_each_origin_is_answered_by_what_it_could_know() -> None:
    found = list(histories(500, seed=12))
    origins = [(AS_OF - timedelta(days=days), KNOWN_BY - timedelta(days=days)) for days in (0, 25, 60)]
    # An origin of two horizons is one instant.
    in_sql = state_in_sql(found, [*origins, origins[0]])
    for as_of, known_by in origins:
        for one in found:
            expected = consent_state(one.decisions, one.basis, as_of, known_by)
            assert in_sql[as_of, one.customer_id, one.basis] == expected


def said(word: str, effective_at: datetime, record: str = "a", recorded_at: datetime | None = None) -> Decision:
    return Decision("crm", record, word, effective_at, recorded_at or effective_at)


@pytest.mark.parametrize(("basis", "is_allowed"), [("opt_in", False), ("opt_out", True)])
def test_silence_goes_by_the_basis(basis: str, is_allowed: bool) -> None:
    assert consent_state([], basis, AS_OF, KNOWN_BY) == State(is_allowed, None, None)


def test_of_two_decisions_at_one_instant_the_deny_holds_in_either_order() -> None:
    both = [said("grant", AS_OF - SECOND), said("deny", AS_OF - SECOND, recorded_at=AS_OF)]
    for order in (both, both[::-1]):
        assert not consent_state(order, "opt_out", AS_OF, KNOWN_BY).is_allowed


def test_a_decision_holds_from_its_instant_and_counts_from_when_it_is_known() -> None:
    told = [said("grant", AS_OF, recorded_at=KNOWN_BY)]
    assert consent_state(told, "opt_in", AS_OF, KNOWN_BY) == State(True, "grant", AS_OF)
    assert not consent_state(told, "opt_in", AS_OF - INSTANT, KNOWN_BY).is_allowed
    assert not consent_state(told, "opt_in", AS_OF, KNOWN_BY - INSTANT).is_allowed


def test_a_merge_takes_the_strictest_and_a_split_gives_back_what_was() -> None:
    older, newer = said("deny", AS_OF - 9 * SECOND, "a"), said("grant", AS_OF - SECOND, "b")
    assert consent_state([older, newer], "opt_out", AS_OF, KNOWN_BY) == State(False, "deny", older.effective_at)
    assert consent_state([older], "opt_out", AS_OF, KNOWN_BY) == State(False, "deny", older.effective_at)
    assert consent_state([newer], "opt_out", AS_OF, KNOWN_BY) == State(True, "grant", newer.effective_at)


def test_a_record_that_changed_its_mind_does_not_object_any_more() -> None:
    told = [said("deny", AS_OF - 9 * SECOND), said("grant", AS_OF - SECOND), said("grant", AS_OF - SECOND, "b")]
    assert consent_state(told, "opt_in", AS_OF, KNOWN_BY).is_allowed
