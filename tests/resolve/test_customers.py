"""Records are one customer by rule: who is written twice, a guest who has a record; a split is as if never merged."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import warehouse
from regulars.config import Home, world
from regulars.errors import UsageError
from regulars.land.storage import write_table
from regulars.resolve import people_of_night, registry
from regulars.sources import SourceEntity, load_entity

BEGIN = datetime(2025, 1, 1)
CONTACT, ORDER = load_entity("crm__contact"), load_entity("transactions__order")
Person = dict[str, Any]


def resolve(home: Home, contacts: dict[str, Person], guests: dict[str, str]) -> dict[str, int]:
    """customer_id by record_key, of contacts by number and guests' addresses by order, first known in this order."""
    folder = home.root / "candidate"
    for name in ("regulars", "work"):
        warehouse.create(folder / f"{name}.duckdb")
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema work.intermediate; create schema work.landed")
        rows = [("crm__contact", key, contacts[key]) for key in contacts]
        rows += [("transactions__order", f"guest-{key}", {"guest_email": guests[key]}) for key in guests]
        latest, records = [], []
        for line, (entity, key, person) in enumerate(rows, start=1):
            latest.append({"entity": entity, "record_key": key, "content_sha256": entity, "source_line": line})
            records.append(
                {"source": entity.split("__")[0], "record_key": key, "identifier_type": "customer_number"}
                | {"identifier_value": key, "first_known_at": BEGIN + timedelta(days=line)}
            )
            person["_line"] = line
        for entity in (CONTACT, ORDER):
            _land(connection, home, entity, [person for name, _, person in rows if name == entity.name])
        _table(connection, "intermediate.int_identity__people_latest", latest)
        _table(connection, "intermediate.int_identity__source_records", records)
    registry.resolve_customers(folder, home, world("shop"))
    with warehouse.candidate(folder, read_only=True) as connection:
        return dict(connection.execute("select record_key, customer_id from work.resolve.customer_record").fetchall())


def _land(connection: Any, home: Home, entity: SourceEntity, people: list[Person]) -> None:
    wanted = entity.roles.values()
    for names, is_personal in (
        ([column.name for column in wanted if column.personal], True),
        ([column.name for column in wanted if not column.personal], False),
    ):
        columns = {name: pa.array([person.get(name) for person in people], pa.string()) for name in names}
        columns["_content"] = pa.array([entity.name] * len(people), pa.string())
        columns["_line"] = pa.array([person["_line"] for person in people], pa.int64())
        if is_personal:
            write_table(pa.table(columns), entity.personal_rows(home, entity.name))
        else:
            _table(connection, f"landed.{entity.name}", pa.table(columns))


def _table(connection: Any, name: str, rows: Any) -> None:
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    connection.register("rows", table)
    connection.execute(f"create table work.{name} as select * from rows")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def contact(email: str = "", phone: str = "", last_name: str = "Weber", loyalty: str = "") -> Person:
    found = {"email": email, "phone": phone, "last_name": last_name, "loyalty_number": loyalty, "country": "DE"}
    return {name: value for name, value in found.items() if value}


def test_who_is_written_twice_is_one_customer_by_each_rule(home: Home) -> None:
    found = resolve(
        home,
        {
            "1": contact("anna@example.org", "0155 00000001", loyalty="L1"),
            "2": contact(" ANNA@example.org", last_name="Wbeer"),
            "3": contact(phone="+49 155 00000001", last_name="WEBER"),
            "4": contact(loyalty="l1", last_name="Koch"),
            "5": contact("ben@example.org", "0155 00000001", last_name="Koch"),
        },
        {},
    )
    assert {found[key] for key in "1234"} == {found["1"]}
    assert found["5"] != found["1"], "a phone number alone joins nobody"


def test_a_guest_belongs_to_whoever_has_the_address(home: Home) -> None:
    found = resolve(home, {"1": contact("anna@example.org")}, {"77": "Anna@example.org", "78": "new@example.org"})
    assert found["guest-77"] == found["1"] != found["guest-78"]


def test_an_address_of_many_is_nobodys(home: Home) -> None:
    found = resolve(home, {str(n): contact("info@example.org", last_name=f"Name{n}") for n in range(9)}, {})
    assert len(set(found.values())) == 9


def test_somebody_may_order_as_a_guest_any_number_of_times(home: Home) -> None:
    guests = {str(number): "anna@example.org" for number in range(20)}
    assert len(set(resolve(home, {"1": contact("anna@example.org")}, guests).values())) == 1


def test_a_role_nobody_knows_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = load_entity("crm__contact")
    column = wrong.columns[3]
    broken = type(wrong)(**{**vars(wrong), "columns": (type(column)(**{**vars(column), "role": "e_mial"}),)})
    monkeypatch.setattr(people_of_night, "load_all", lambda: (broken,))
    with pytest.raises(UsageError, match="no role 'e_mial'"):
        resolve(home, {"1": contact("a@example.org")}, {})


@settings(max_examples=6, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=8), st.integers(0, 2**16))
def test_customers_do_not_depend_on_the_order_and_a_split_gives_back_what_was(
    tmp_path_factory: pytest.TempPathFactory, shared: list[int], seed: int
) -> None:
    apart = {str(n): contact(f"own{n}@example.org") for n in range(len(shared))}
    merged = {str(n): contact(f"shared{which}@example.org") for n, which in enumerate(shared)}
    home = Home(tmp_path_factory.mktemp("home"))
    before = resolve(home, apart, {})
    together = resolve(home, merged, {})
    keys = list(merged)
    random.Random(seed).shuffle(keys)
    other = resolve(Home(tmp_path_factory.mktemp("home")), {key: merged[key] for key in keys}, {})
    assert _partition(together) == _partition(other) == _partition({str(n): which for n, which in enumerate(shared)})
    assert resolve(home, apart, {}) == before
    assert all(together[key] == before[min(group, key=int)] for group in _partition(together) for key in group)


def _partition(found: dict[str, int]) -> set[frozenset[str]]:
    return {frozenset(key for key in found if found[key] == customer) for customer in found.values()}
