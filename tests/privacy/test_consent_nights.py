"""Night after night: the marts say what deliveries say, however they were built, and the ledger says the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from regulars import config, ledger, warehouse
from regulars.build.base import starts_from_publication
from regulars.build.candidate import lay_out, night_origin
from regulars.build.layers import build_layer
from regulars.config import Home
from regulars.land.landing import land_source
from regulars.privacy.consent import Decision, consent_state
from regulars.privacy.consent_ledger import append_decisions, verify_chain
from regulars.privacy.consent_purposes import load_purposes
from regulars.resolve.registry import resolve_customers
from regulars.sources import load_entity
from tests.faults.shop import csv_bytes, drop, zipped

SHOP = config.world("shop")
FIRST, SECOND = date(2025, 3, 1), date(2025, 3, 2)
MARTS = ("fct_consent", "customer_consent")
EMAIL, SMS, PROFILING = ("marketing", "email"), ("marketing", "sms"), ("profiling", "records")

Row = dict[str, Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REGULARS_WORLD", "shop")
    monkeypatch.delenv("REGULARS_OPERATIONS_URL", raising=False)
    yield config.home()


def test_marts_follow_from_deliveries_and_the_ledger_says_the_same(home: Home, tmp_path: Path) -> None:
    _deliver_first(home)
    first = _build(home.candidate(FIRST), home, FIRST, whole=False)
    hashes = _hashes(first)
    assert append_decisions(first, home)["appended"] == 8
    _assert_ledger_agrees(home, first, FIRST)
    assert _held(first, "contact")["7", *PROFILING] == (True, None, None)
    home.publications.mkdir(exist_ok=True)
    first.rename(home.publications / f"{FIRST}")

    _deliver_second(home)
    second = _build(home.candidate(SECOND), home, SECOND, whole=False)
    assert starts_from_publication(second)
    assert append_decisions(second, home)["appended"] == 3
    _assert_ledger_agrees(home, second, SECOND)
    rebuilt = _build(tmp_path / "rebuilt", home, SECOND, whole=True)
    assert _hashes(rebuilt) == _hashes(second)
    assert append_decisions(rebuilt, home)["appended"] == 0

    # What came late stays out of the night it was not known in, and the ledger has it all.
    again = _build(tmp_path / "again", home, FIRST, whole=True)
    assert _hashes(again) == hashes
    assert append_decisions(again, home)["appended"] == 0
    _assert_ledger_agrees(home, again, FIRST)
    assert verify_chain(home).decisions == 11
    _assert_what_holds(second)
    _assert_a_merge_is_strict_and_a_split_restores(home, rebuilt)


def _assert_what_holds(second: Path) -> None:
    held = _held(second, "contact")
    at = datetime(2025, 3, 1, 10)
    assert held["1", *EMAIL] == (False, "deny", datetime(2025, 3, 2, 9))
    assert held["1", *SMS] == (True, "grant", at)
    assert held["2", *EMAIL] == (True, "grant", at)
    # The correction of one and the same instant: deny wins.
    assert held["3", *PROFILING] == (False, "deny", at)
    assert held["4", *EMAIL] == (False, None, None)
    assert held["4", *PROFILING] == (True, None, None)
    # No instant was given: since the row was made.
    assert held["6", *SMS] == (False, "deny", datetime(2025, 3, 1, 8))
    assert held["7", *PROFILING] == (False, "deny", datetime(2025, 3, 2, 2))
    assert ("5", *EMAIL) not in held, "a tester is no customer"


def _assert_a_merge_is_strict_and_a_split_restores(home: Home, folder: Path) -> None:
    before = _held(folder, "contact")
    record = "work.resolve.customer_record"
    with warehouse.candidate(folder) as connection:
        connection.execute(f"create table work.resolve.apart as from {record}")
        connection.execute(
            f"update {record} set customer_id = (select customer_id from {record} where record_key = '2') "
            "where record_key = '1'"
        )
    build_layer(folder, "profile")
    merged = _held(folder, "contact")
    assert merged["2", *EMAIL] == before["1", *EMAIL] != before["2", *EMAIL]
    assert merged["2", *SMS] == before["1", *SMS], "a record that never decided takes no part"
    assert merged["3", *PROFILING] == before["3", *PROFILING]
    _assert_ledger_agrees(home, folder, SECOND)
    with warehouse.candidate(folder) as connection:
        connection.execute(f"drop table {record}; alter table work.resolve.apart rename to customer_record")
    build_layer(folder, "profile")
    assert _held(folder, "contact") == before


def _assert_ledger_agrees(home: Home, folder: Path, night: date) -> None:
    """The ledger's rows known by the night say, by the twin in Python, what the night's marts say."""
    table, as_of, known_by = ledger.consent_decision, SHOP.as_of(night), SHOP.known_by(night)
    told = ledger.Ledger(home.operations_url).rows(sa.select(table).where(table.c.recorded_at <= known_by))
    key = ("source", "record_key", "purpose", "channel", "decision", "effective_at")
    in_ledger: dict[tuple[Any, ...], datetime] = {}
    for row in sorted(told, key=lambda row: row["recorded_at"]):
        in_ledger.setdefault(tuple(row[name] for name in key), row["recorded_at"])
    with warehouse.candidate(folder, read_only=True) as connection:
        said = connection.execute(f"select {', '.join(key)}, known_at from work.intermediate.int_consent__decisions")
        assert {row[:-1]: row[-1] for row in said.fetchall()} == in_ledger
        whose = dict(connection.execute("select record_key, customer_id from work.resolve.customer_record").fetchall())
    held = _held(folder, "customer")
    for one in load_purposes():
        for customer in set(whose.values()):
            mine = [
                Decision(row["source"], row["record_key"], row["decision"], row["effective_at"], row["recorded_at"])
                for row in told
                if (row["purpose"], row["channel"]) == (one.purpose, one.channel)
                and whose.get(row["record_key"]) == customer
            ]
            state = consent_state(mine, one.basis, as_of, known_by)
            assert held[customer, one.purpose, one.channel] == (state.is_allowed, state.decision, state.decided_at)


def _held(folder: Path, by: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """What holds, by contact or by customer, purpose and channel."""
    who = "record_key" if by == "contact" else "customer_id"
    with warehouse.candidate(folder, read_only=True) as connection:
        rows = connection.execute(
            f"select distinct {who}, purpose, channel, is_allowed, decision, decided_at "
            "from regulars.marts.customer_consent join work.resolve.customer_record using (customer_id)"
        ).fetchall()
    return {row[:3]: row[3:] for row in rows}


def _hashes(folder: Path) -> dict[str, str]:
    with warehouse.candidate(folder, read_only=True) as connection:
        return {name: warehouse.content_hash(connection, f"regulars.marts.{name}") for name in MARTS}


def _build(folder: Path, home: Home, night: date, *, whole: bool) -> Path:
    land_source(home, SHOP, "crm")
    with ledger.Ledger(home.operations_url).transaction() as transaction:
        transaction.execute(sa.update(ledger.content).values(status="accepted"))
    lay_out(folder, home, SHOP, night, [night_origin(SHOP, night)], whole=whole)
    build_layer(folder, "stage")
    resolve_customers(folder, home, SHOP)
    build_layer(folder, "profile")
    return folder


def _deliver_first(home: Home) -> None:
    told = [
        _contact(1, email_consent="yes", sms_consent="yes"),
        _contact(2, email_consent="yes"),
        _contact(3, profiling_consent="yes"),
        _contact(4),
        _contact(5, email_consent="yes", is_test="yes"),
        _contact(6, sms_consent="no", consent_at=""),
        # Said after the day was over, and known by its cut-off: it holds from the next night on.
        _contact(7, email_consent="no", profiling_consent="no", consent_at="2025-03-02T02:00:00.000Z"),
    ]
    _drop(home, f"contact_{FIRST}.csv.gz", told)


def _deliver_second(home: Home) -> None:
    """One who changes their mind, one who repeats it, and of the first day, late, what corrects it."""
    changed = {"updated_at": "2025-03-02T09:00:00.000Z"}
    told = [
        _contact(1, email_consent="no", sms_consent="", consent_at="2025-03-02T09:00:00.000Z", **changed),
        _contact(2, email_consent="yes", **changed),
    ]
    _drop(home, f"contact_{SECOND}.csv.gz", told)
    corrected = [_contact(3, profiling_consent="no"), _contact(8, email_consent="yes")]
    late = _drop(home, f"contact_{FIRST - timedelta(days=1)}.csv.gz", corrected)
    known = {"delivered_at": f"{SECOND}T21:00:00Z"}
    late.with_name(f"{late.name}.manifest.json").write_text(json.dumps(known))


def _contact(number: int, **said: str) -> Row:
    at = dict.fromkeys(("created_at", "updated_at"), "2025-03-01T08:00:00.000Z")
    return {"contact_id": number, **at, "consent_at": "2025-03-01T10:00:00.000Z", "is_test": "no", **said}


def _drop(home: Home, name: str, rows: list[Row]) -> Path:
    header = [column.name for column in load_entity("crm__contact").columns]
    table = csv_bytes(header, [tuple(row.get(column, "") for column in header) for row in rows])
    return drop(home.inbox, f"crm/{name}", zipped(table))
