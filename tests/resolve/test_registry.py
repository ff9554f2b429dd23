"""One shared customer number is one customer, whose id never changes and says nothing of the number."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import warehouse
from regulars.config import Home, world
from regulars.resolve import registry

Record = tuple[str, str, datetime]
EARLY, LATE = datetime(2017, 1, 1), datetime(2017, 6, 1)


def resolve(home: Home, records: list[Record]) -> dict[tuple[str, str], int]:
    """Resolve a fresh candidate with these source records; gives customer_id by (source, record_key)."""
    folder = home.root / "candidate"
    for name in ("regulars", "work"):
        warehouse.create(folder / f"{name}.duckdb")
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema work.intermediate")
        connection.execute(
            "create table work.intermediate.int_identity__source_records (source varchar, record_key varchar, "
            "identifier_type varchar, identifier_value varchar, first_known_at timestamp)"
        )
        connection.execute(
            "create table work.intermediate.int_identity__people_described (entity varchar, record_key varchar, "
            "known_at timestamp, content_sha256 varchar, source_line bigint, is_first boolean, is_latest boolean)"
        )
        for source, key, known_at in records:
            connection.execute(
                "insert into work.intermediate.int_identity__source_records values (?, ?, 'customer_number', ?, ?)",
                [source, key, key, known_at],
            )
    registry.resolve_customers(folder, home, world("complete_journey"))
    with warehouse.candidate(folder, read_only=True) as connection:
        rows = connection.execute("select source, record_key, customer_id from work.resolve.customer_record").fetchall()
    return {(source, key): customer for source, key, customer in rows}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_records_of_several_sources_with_one_number_are_one_customer(home: Home) -> None:
    found = resolve(home, [("crm", "7", LATE), ("transactions", "7", EARLY), ("web", "8", EARLY)])
    assert found["crm", "7"] == found["transactions", "7"] != found["web", "8"]


def test_ids_follow_who_was_known_first_then_the_order_of_sources(home: Home) -> None:
    found = resolve(home, [("crm", "1", LATE), ("web", "2", EARLY), ("transactions", "3", EARLY)])
    assert sorted(found, key=lambda key: found[key]) == [("transactions", "3"), ("web", "2"), ("crm", "1")]


def test_a_customer_keeps_the_id_when_others_come(home: Home) -> None:
    first = resolve(home, [("crm", "9", LATE)])
    second = resolve(home, [("crm", "9", LATE), ("crm", "1", EARLY)])
    assert second["crm", "9"] == first["crm", "9"]


def test_a_customer_who_is_gone_for_a_night_comes_back_with_the_same_id(home: Home) -> None:
    first = resolve(home, [("crm", "9", LATE), ("crm", "1", EARLY)])
    resolve(home, [("crm", "1", EARLY)])
    assert resolve(home, [("crm", "9", LATE), ("crm", "2", EARLY)])["crm", "9"] == first["crm", "9"]


def test_the_hash_hides_the_number_and_depends_on_the_key(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def hashes(key: str) -> str:
        monkeypatch.setenv(registry.KEY_VARIABLE, key)
        resolve(home, [("crm", "canary-17", EARLY)])
        with warehouse.candidate(home.root / "candidate", read_only=True) as connection:
            return connection.execute("select identifier_hash from work.resolve.customer_record").fetchone()[0]

    assert hashes("one") == hashes("one") != hashes("two")
    assert "canary" not in hashes("one")


def test_the_key_and_the_registry_are_for_their_owner_only(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(registry.KEY_VARIABLE, raising=False)
    resolve(home, [("crm", "1", EARLY)])
    modes = {path.name: path.stat().st_mode & 0o777 for path in home.personal.iterdir()}
    assert modes == {"identifier.key": 0o600, "registry.parquet": 0o600}


@settings(max_examples=8)
@given(data=st.data())
def test_the_order_of_arrival_in_one_delivery_does_not_count(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    records = [(source, str(key), EARLY) for source in ("crm", "web") for key in range(4)]
    shuffled = data.draw(st.permutations(records))
    homes = [Home(tmp_path_factory.mktemp("home")) for _ in range(2)]
    assert resolve(homes[0], records) == resolve(homes[1], shuffled)
