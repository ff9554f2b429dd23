"""A night weighs likeness with weights that stay: what two records say of each other is nobody else's doing."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from regulars import warehouse
from regulars.config import Home
from regulars.resolve import likeness
from tests.resolve.small_night import Person, contact, resolve

FIRST_NAMES = ["anna", "ben", "clara", "david", "emma", "felix", "greta", "hans", "ida", "jonas", "karl", "lena"]
Edge = tuple[str, str, float, str]


def crowd(count: int) -> dict[str, Person]:
    """So many people by record; every tenth of the first 230 has a second record, with a slip and another address."""
    people = {}
    for number in range(count):
        people[str(1000 + number)] = person(number)
        if number % 10 == 0 and number < 230:
            people[str(5000 + number)] = slipped(number)
    return people


def slipped(number: int) -> Person:
    told = person(number)
    return told | {"last_name": told["last_name"].replace("name", "nmae"), "email": f"other{number}@example.org"}


def person(number: int) -> Person:
    drawn = random.Random(number)
    told = {"first_name": drawn.choice(FIRST_NAMES), "postcode": str(drawn.randrange(10_000, 10_090))}
    told |= {"street": f"Lane {drawn.randrange(70)}", "birth_year": str(drawn.randrange(1940, 2005)), "city": "Bonn"}
    return contact(f"{drawn.random()}@example.org", f"+49155{drawn.randrange(10**8):08}", f"name{number}") | told


@pytest.fixture(autouse=True, scope="module")
def few() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likeness, "FEWEST_PEOPLE", 250)
        yield


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after a night of 300 people."""
    home = Home(tmp_path_factory.mktemp("home"))
    resolve(home, crowd(300), {})
    return home


@pytest.fixture
def home(joined: Home, tmp_path: Path) -> Home:
    """A copy of it, to go on with."""
    shutil.copytree(joined.root, tmp_path / "home")
    return Home(tmp_path / "home")


def edges(home: Home) -> set[Edge]:
    """Pairs by likeness: both records, the score, the words."""
    with warehouse.candidate(home.root / "candidate", read_only=True) as connection:
        found = connection.execute(
            "with record as (select distinct own_number, record_key from work.resolve.customer_record) "
            "select least(one.record_key, other.record_key), greatest(one.record_key, other.record_key), "
            "score::double, because from work.resolve.edge join record as one on one.own_number = left_number "
            "join record as other on other.own_number = right_number where rule = 'likeness'"
        )
        return set(found.fetchall())


def test_who_wrote_differently_the_second_time_is_one_customer_and_says_why(joined: Home) -> None:
    found = edges(joined)
    assert {pair[:2] for pair in found} == {(str(1000 + n), str(5000 + n)) for n in range(0, 230, 10)}
    assert all(score >= 0.8 and "last names one slip apart" in because for *_, score, because in found)


def test_the_same_night_compares_nothing_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = edges(home)
    monkeypatch.setattr(likeness, "compare", None)
    monkeypatch.setattr(likeness, "learn", None)
    resolve(home, crowd(300), {})
    assert edges(home) == before


def test_only_pairs_with_a_changed_record_are_compared_and_all_is_as_if_compared_at_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = crowd(330)
    later["1010"] = later["1010"] | {"first_name": "zoe", "street": "Road 1", "postcode": "1", "birth_year": "1999"}
    later["7000"] = slipped(5)
    del later["1290"]
    compared = []

    def counted(connection: Any, table: str, *arguments: Any, **named: Any) -> None:
        compared.extend(connection.execute(f"select unique_id from {table} where is_changed").fetchall())
        original(connection, table, *arguments, **named)

    original = likeness.compare
    monkeypatch.setattr(likeness, "compare", counted)
    resolve(home, later, {})
    assert len(compared) == 32, "thirty came, one changed, one was written twice"
    added = edges(home)
    shutil.rmtree(home.personal / "likeness")
    resolve(home, later, {})
    assert edges(home) == added
    assert {pair[:2] for pair in added} > {("1005", "7000"), ("1030", "5030")}
    assert ("1010", "5010") not in {pair[:2] for pair in added}


def test_weights_stay_until_there_are_twice_as_many(home: Home) -> None:
    learned, before = sorted((home.personal / "likeness").iterdir()), edges(home)
    resolve(home, crowd(470), {})
    assert sorted((home.personal / "likeness").iterdir()) == learned and edges(home) == before
    resolve(home, crowd(480), {})
    assert sorted((home.personal / "likeness").iterdir()) != learned


def test_with_few_people_rules_alone_join(tmp_path: Path) -> None:
    home = Home(tmp_path)
    resolve(home, crowd(226), {})
    assert edges(home) == set() and not (home.personal / "likeness").exists()


def test_each_entity_that_has_enough_people_has_a_part_in_what_is_learned_from() -> None:
    """Orders come first and know no address: learned from them alone, an address would weigh nothing."""
    people = {"order": 600, "contact": 130, "ticket": 124}
    with warehouse.memory() as night:
        night.execute("attach ':memory:' as work; create schema work.intermediate")
        night.execute(
            "create table work.intermediate.int_identity__people_described (entity varchar, record_key varchar, "
            "content_sha256 varchar, source_line bigint, known_at timestamp, is_first boolean)"
        )
        for day, (entity, count) in enumerate(people.items(), start=1):
            night.execute(
                "insert into work.intermediate.int_identity__people_described select ?, "
                "format('{:04d}', i), 'content', i, make_timestamp(2025, 1, ?, 0, 0, 0) + to_seconds(i), true "
                "from range(?) as numbers (i)",
                [entity, day, count],
            )
        night.execute(likeness._LEARNED_FROM.format(entities="'order', 'contact', 'ticket'"))
        found = night.execute(
            "select entity, count(*), max(record_key), max(number) from learned_from group by all order by 4"
        ).fetchall()
    assert found == [("order", 500, "0499", 500), ("contact", 125, "0124", 625)]
