"""Likeness is weighed on any table of people: whatever columns it has, and where nobody is in it twice."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars import warehouse
from regulars.resolve import level_sql, linking, weights
from regulars.resolve.rules import load_people_rules
from regulars.resolve.weights import Weights

FIRST_NAMES = ["anna", "ben", "clara", "david", "emma", "felix", "greta", "hans", "ida", "jonas", "karl", "lena"]
FIRST_NAMES += ["max", "nora", "otto", "paula"]


def families() -> list[dict[str, Any]]:
    """300 people, none of them twice: two of each family, under one address."""
    return [
        {"unique_id": number, "first_name": FIRST_NAMES[(number * 5 + number // 2) % 16]}
        | {"last_name": f"name{number // 2 * 37 % 1000}", "postcode": str(10_000 + number // 2)}
        | {"birth_year": str(1940 + number * 7 % 60), "phone": f"+49155{number * number:08}"}
        for number in range(300)
    ]


def linked(people: list[dict[str, Any]], roles: list[str]) -> tuple[Weights, list[tuple[int, int, str]]]:
    """What was learned of ``people``, and the edges with their words."""
    with warehouse.memory() as connection:
        connection.register("people", pa.Table.from_pylist(people))
        connection.execute(f"create table person as select unique_id, {', '.join(roles)} from people")
        connection.execute(
            "create table edge (left_id bigint, right_id bigint, rule varchar, score double, because varchar)"
        )
        rules = load_people_rules().for_roles(roles)
        learned = weights.learn(connection, "person", rules)
        linking.compare(connection, "person", rules, learned, 0.8, "edge")
        return learned, connection.execute("select left_id, right_id, because from edge order by all").fetchall()


@pytest.mark.parametrize(
    "roles",
    [
        ["last_name"],
        ["first_name", "last_name"],
        ["first_name", "last_name", "postcode"],
        ["first_name", "last_name", "postcode", "birth_year", "phone"],
    ],
)
def test_nobody_is_joined_where_nobody_is_twice_whatever_columns_there_are(roles: list[str]) -> None:
    told, edges = linked(families(), roles)
    assert told.blocking and edges == []


def test_who_is_twice_among_families_is_found() -> None:
    people = families()
    slip = {"first_name": "clra", "unique_id": 300, "phone": people[7]["phone"]}
    people[7] |= {"first_name": "clara"}
    _, edges = linked([*people, people[7] | slip], ["first_name", "last_name", "postcode", "birth_year", "phone"])
    words = "first names one slip apart; the same last name; the same year of birth; the same phone number; "
    assert edges == [(7, 300, f"{words}the same postcode")]


def test_few_records_are_left_to_the_rules() -> None:
    told, edges = linked(families()[: weights.FEWEST_RECORDS - 1], ["first_name", "last_name", "postcode"])
    assert told == Weights((), (), {}) and edges == []


@given(st.text("ab1ä", max_size=7), st.text("ab1ä", max_size=7), st.integers(1, 2))
def test_edits_told_by_cheaper_measures_first_are_the_same_edits(one: str, other: str, edits: int) -> None:
    with warehouse.memory() as connection:
        row = connection.execute(
            f"select damerau_levenshtein(one, other) <= {edits}, {level_sql.edits_sql('one', 'other', edits)} "
            "from (select $1::varchar as one, $2::varchar as other)",
            [one, other],
        ).fetchone()
    assert row is not None and row[0] == row[1]
