"""The contact that holds of several records: chosen by rule, at every time, and as it was once records part again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from regulars import config, warehouse
from regulars.config import Home
from regulars.errors import UsageError
from regulars.land.storage import write_table
from regulars.resolve.golden_contacts import surviving_values_sql, write_golden_contacts
from regulars.sources import load_entity
from regulars.survivorship import Survivorship, load_survivorship, write_survivorship

BEGIN = datetime(2025, 1, 1)
CONTACT, ORDER = load_entity("crm__contact"), load_entity("transactions__order")
Row = dict[str, Any]


def at(day: int) -> datetime:
    return BEGIN + timedelta(days=day)


def build(home: Home, customers: dict[str, int], people: list[Row], business_date: str = "2025-12-31") -> Path:
    """A candidate whose records have been resolved: ``customers`` by record_key, ``people`` a row a known state."""
    folder = home.candidates / business_date
    for name in ("regulars", "work"):
        warehouse.create(folder / f"{name}.duckdb")
    states = [
        {"entity": row.get("entity", CONTACT.name), "record_key": row["record_key"], "content_sha256": "c"}
        | {"source_line": line, "updated_at": at(row["updated"]), "known_from": at(row["known"][0])}
        | {"known_until": at(row["known"][1]) if len(row["known"]) > 1 else None, "is_test": False}
        for line, row in enumerate(people)
    ]
    for entity in (CONTACT, ORDER):
        mine = [(line, row) for line, row in enumerate(people) if row.get("entity", CONTACT.name) == entity.name]
        columns = {
            column.name: pa.array([row.get(role) for _, row in mine], pa.string())
            for role, column in entity.roles.items()
            if column.personal
        }
        columns |= {"_content": pa.array(["c"] * len(mine)), "_line": pa.array([line for line, _ in mine], pa.int64())}
        write_table(pa.table(columns), entity.personal_rows(home, "c"))
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema work.run; create schema work.intermediate; create schema work.resolve")
        connection.execute(f"create table work.run.context as select date '{business_date}' as business_date")
        write_survivorship(connection, load_survivorship(), "work.run")
        records = [
            {"customer_id": customers[key], "source": source, "record_key": key}
            for key in customers
            for source in ("crm", "transactions")
        ]
        contacts = [state | {"country": "DE"} for state in states if state["entity"] == CONTACT.name]
        for table, rows in (
            ("intermediate.int_identity__people_versioned", states),
            ("intermediate.int_identity__contacts_versioned", contacts),
            ("resolve.customer_record", records),
        ):
            connection.register("rows", pa.Table.from_pylist(rows))
            connection.execute(f"create table work.{table} as from rows")
            connection.unregister("rows")
    return folder


def golden(home: Home, business_date: str = "2025-12-31") -> list[tuple[Any, ...]]:
    with warehouse.memory() as connection:
        path = home.personal / "golden" / f"{business_date}.parquet"
        return connection.execute(f"from read_parquet({warehouse.quoted(path)}) order by all").fetchall()


def holds_now(home: Home) -> dict[tuple[int, str], tuple[str, str]]:
    """Value and reason by customer and attribute."""
    return {(row[0], row[1]): (row[4], row[8]) for row in golden(home) if row[3] is None}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


PEOPLE: list[Row] = [
    {"record_key": "1", "updated": 1, "known": [2, 40], "first_name": "Anna", "last_name": "Weber", "phone": "0155 1"}
    | {"email": "anna@example.org", "street": "Am Ring 1", "postcode": "53111"},
    {"record_key": "1", "updated": 39, "known": [40], "first_name": "Anna", "last_name": "Weber", "phone": "0155 1"}
    | {"email": "anna@example.org", "street": "Am Wall 2", "postcode": "53113"},
    {"record_key": "2", "updated": 20, "known": [21], "first_name": "A.", "phone": "+49 30 901820"},
    {"record_key": "guest-7", "entity": ORDER.name, "updated": 90, "known": [91], "email": "other@example.org"},
]


def test_each_part_of_a_contact_goes_by_its_own_rule_and_keeps_its_history(home: Home) -> None:
    folder = build(home, {"1": 5, "2": 5, "guest-7": 5}, PEOPLE)
    assert write_golden_contacts(folder, home) == {"golden_contacts": 1}
    assert holds_now(home) == {
        (5, "email"): ("anna@example.org", "source"),
        (5, "first_name"): ("Anna", "completeness"),
        (5, "last_name"): ("Weber", "only record"),
        # a number nobody can have stands back, although its record was updated later
        (5, "phone"): ("+49 30 901820", "validity"),
        (5, "street"): ("Am Wall 2", "only record"),
        (5, "postcode"): ("53113", "only record"),
    }
    streets = [(row[2], row[3], row[4]) for row in golden(home) if row[1] == "street"]
    assert streets == [(at(2), at(40), "Am Ring 1"), (at(40), None, "Am Wall 2")]


def test_records_that_part_again_have_the_contacts_they_had(home: Home) -> None:
    apart, together = {"1": 1, "2": 2, "guest-7": 3}, {"1": 1, "2": 1, "guest-7": 1}
    write_golden_contacts(build(home, apart, PEOPLE), home)
    before = golden(home)
    write_golden_contacts(build(home, together, PEOPLE), home)
    assert golden(home) != before
    write_golden_contacts(build(home, apart, PEOPLE), home)
    assert golden(home) == before


def test_the_values_stand_in_personal_alone_and_of_the_kept_nights(home: Home) -> None:
    for day in ("2025-12-29", "2025-12-30", "2025-12-31"):
        folder = build(home, {"1": 5, "2": 6}, PEOPLE, day)
        write_golden_contacts(folder, home)
        if day == "2025-12-29":
            folder.rename(home.publications.mkdir() or home.publications / f"{day}-aaaa")
        if day == "2025-12-30":
            folder.rename(home.root / "gone")
    kept = sorted(path.name for path in (home.personal / "golden").iterdir())
    assert kept == ["2025-12-29.parquet", "2025-12-31.parquet"]
    assert all((home.personal / "golden" / name).stat().st_mode & 0o077 == 0 for name in kept)
    assert not [path for path in home.candidates.rglob("*") if path.is_file() and b"Am Ring" in path.read_bytes()]


def test_a_word_the_rules_do_not_know_is_told_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("survivorship", "sources"):
        (tmp_path / name).mkdir()
        for path in (config.CONF / name).iterdir():
            (tmp_path / name / path.name).write_text(path.read_text().replace("phone: [validity", "phone: [validty"))
    monkeypatch.setattr(config, "CONF", tmp_path)
    with pytest.raises(UsageError, match="validity") as refused:
        load_survivorship()
    assert "attributes.yml:" in str(refused.value.where)


PLACE = {"x": 1, "y": 2}
CRITERIA = {
    "a": ("source", "recency"),
    "b": ("recency",),
    "c": ("completeness", "recency"),
    "d": ("validity", "completeness", "source", "recency"),
}


def _offers(random: Random, customer: int, attribute: str) -> list[Row]:
    """What up to six records say, each for a while or still."""
    records = random.sample([(entity, key) for entity in PLACE for key in "123"], random.randint(1, 6))
    found = []
    for entity, key in records:
        begin, days = random.randint(0, 8), random.choice([None, 1, 3, 5])
        row = {"customer_id": customer, "attribute": attribute, "value": random.choice("uv"), "entity": entity}
        row |= {"record_key": key, "said_at": at(random.randint(0, 3)), "filled": random.randint(1, 2)}
        row |= {"is_valid": random.random() < 0.5, "known_from": at(begin)}
        found.append(row | {"known_until": at(begin + days) if days else None})
    return found


def _best(rows: list[Row], words: tuple[str, ...]) -> Row | None:
    """Whatever a person would choose by the rules."""
    standing: dict[str, Callable[[Row], float]] = {
        "source": lambda row: PLACE[row["entity"]],
        "recency": lambda row: -row["said_at"].day,
        "completeness": lambda row: -row["filled"],
        "validity": lambda row: -row["is_valid"],
    }

    def order(row: Row) -> tuple[Any, ...]:
        return (*(standing[word](row) for word in words), PLACE[row["entity"]], row["record_key"])

    return min(rows, key=order, default=None)


def _holds(row: Row, instant: datetime, since: str, until: str) -> bool:
    return bool(row[since] <= instant and (row[until] is None or instant < row[until]))


def test_at_every_time_the_value_is_the_one_the_rules_choose_of_what_was_known_then() -> None:
    random = Random(4)
    offered = [row for customer in range(40) for attribute in CRITERIA for row in _offers(random, customer, attribute)]
    with warehouse.memory() as connection:
        write_survivorship(connection, Survivorship(tuple(PLACE), CRITERIA), "main")
        connection.register("offered", pa.Table.from_pylist(offered))
        query = surviving_values_sql("offered", "main") + " order by all"
        found = [dict(row) for row in connection.sql(query).to_arrow_table().to_pylist()]
    for customer, attribute in {(row["customer_id"], row["attribute"]) for row in offered}:
        mine = [row for row in found if (row["customer_id"], row["attribute"]) == (customer, attribute)]
        said = [row for row in offered if (row["customer_id"], row["attribute"]) == (customer, attribute)]
        assert [row["valid_to"] for row in mine] == [row["valid_from"] for row in mine[1:]] + [None]
        for day in range(mine[0]["valid_from"].day - 1, 16):
            known = [row for row in said if _holds(row, at(day), "known_from", "known_until")]
            (holding,) = [row for row in mine if _holds(row, at(day), "valid_from", "valid_to")]
            chosen = _best(known, CRITERIA[attribute]) or {"value": None, "entity": None, "record_key": None}
            assert all(holding[name] == chosen[name] for name in ("value", "entity", "record_key"))
