"""What records cannot teach: that people move, with all of their address at once, though nobody in a table did."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.resolve import beforehand, people_file
from regulars.resolve.beforehand import believed
from regulars.resolve.rules import PeopleRules, load_people_rules
from tests.resolve.test_people_file import FIRST_NAMES, LAST_NAMES

PEOPLE, MOVED = 600, range(3, 600, 100)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Every fifth person is there twice, with a slip; all second records have the address of the first, but for the
    few of MOVED, and a namesake of each of those lives elsewhere, without an e-mail address.
    """
    drawn = random.Random(5)
    rows = []
    for number in range(PEOPLE):
        born = f"{drawn.randrange(1940, 2005)}"
        person = [FIRST_NAMES[number % 10], LAST_NAMES[number // 10 % 10], *_lives(drawn)]
        email = f"{person[0]}.{person[1]}{drawn.randrange(10**5, 10**6)}@example.org".lower()
        rows.append([f"{number}", *person, email, born])
        if number % 5 == 0:
            last_name, address = (person[1], _slip(email)) if number % 2 else (_slip(person[1]), email)
            rows.append([f"{number} again", person[0], last_name, *person[2:], address, born])
        if number in MOVED:
            rows.append([f"{number} moved", *person[:2], *_lives(drawn), _slip(email), born])
            rows.append([f"{number} namesake", *person[:2], *_lives(drawn), "", ""])
    with (tmp_path / "people.csv").open("w", newline="") as file:
        header = ["record", "first_name", "last_name", "street", "house_number", "postcode", "email", "birth_year"]
        csv.writer(file).writerows([header, *rows])
    return tmp_path / "people.csv"


def _lives(drawn: random.Random) -> list[str]:
    return [f"{drawn.choice('abcdefgh') * 6} lane", f"{drawn.randrange(100)}", f"{drawn.randrange(10**4, 10**5)}"]


def _slip(text: str) -> str:
    return text[1] + text[0] + text[2:]


def joined(people: Path) -> dict[str, list[str]]:
    """Every record by its key, with those joined to it."""
    people_file.resolve_file(people, people.with_name("out.csv"), key="record")
    with people.with_name("out.csv").open(newline="") as file:
        cluster = {row["record"]: row["cluster_id"] for row in csv.DictReader(file)}
    return {record: [other for other in cluster if cluster[other] == cluster[record]] for record in cluster}


def found(people: Path) -> int:
    """How many who moved are found; nobody else's namesake is."""
    together = joined(people)
    assert all(together[f"{number}"] == [f"{number}", f"{number} again"] for number in range(0, PEOPLE, 5))
    assert all(together[f"{number} namesake"] == [f"{number} namesake"] for number in MOVED)
    return sum(together[f"{number}"] == [f"{number}", f"{number} moved"] for number in MOVED)


def test_who_moved_is_found_by_a_slipped_address_where_hardly_anybody_moved(people: Path) -> None:
    assert found(people) == len(MOVED)


def test_it_takes_that_nothing_is_impossible(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beforehand, "LEAST_SHARE", 1e-12)
    assert found(people) < len(MOVED)


def test_it_takes_that_an_address_changes_at_once(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def apart() -> PeopleRules:
        rules = load_people_rules()
        return replace(rules, comparisons=tuple(replace(each, moves_with=()) for each in rules.comparisons))

    monkeypatch.setattr(people_file, "load_people_rules", apart)
    assert found(people) < len(MOVED)


@given(st.lists(st.sampled_from([None, 0.0, 1e-30, 0.2, 0.5]), min_size=2, max_size=6))
def test_shares_add_up_to_one_and_none_is_next_to_nothing(shares: list[float | None]) -> None:
    levels: list[dict[str, Any]] = [
        {"sql_condition": "l = r"} if share is None else {"m_probability": share, "u_probability": 0.1}
        for share in shares
    ]
    blank = {"sql_condition": "l is null", "is_null_level": True}
    model = {"comparisons": [{"output_column_name": "first_name", "comparison_levels": [blank, *levels]}]}
    before = [dict(level) for level in levels]
    believed(model, load_people_rules(), sampled_pairs=1_000)
    if not any(shares):
        assert levels == before, "nothing was learned: what Splink starts from stays"
        return
    assert sum(level["m_probability"] for level in levels) == pytest.approx(1)
    assert all(level["m_probability"] > beforehand.LEAST_SHARE / 4 for level in levels)
    assert [level["u_probability"] for level in levels] == [0.0005 if share is None else 0.1 for share in shares]
