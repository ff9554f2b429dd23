"""Why two records are one customer is said edge by edge, and never with a value of theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars import warehouse
from regulars.errors import UsageError
from regulars.resolve.explain import explain

RECORDS = [(1, "a"), (1, "b"), (1, "guest-7"), (1, "d"), (9, "z")]
LOYALTY, EMAIL = "carry the same loyalty number", "are reached by the same e-mail address"
EDGES = [
    ("a", "b", "same_loyalty_number", 1, LOYALTY),
    ("b", "guest-7", "same_email", 1, EMAIL),
    ("guest-7", "d", "same_email", 1, EMAIL),
    ("a", "b", "likeness", 0.98, "the same last name; the same street"),
]


def said(tmp_path: Path, one: str, other: str) -> list[str]:
    database = tmp_path / "regulars.duckdb"
    warehouse.create(database)
    with warehouse.scratch(database) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.bridge_customer_identifier (customer_id bigint, record_key varchar)")
        connection.execute(
            "create table marts.fct_identity_edge "
            "(customer_id bigint, left_record_key varchar, right_record_key varchar, rule varchar, "
            "score decimal(7, 6), because varchar)"
        )
        connection.executemany("insert into marts.bridge_customer_identifier values (?, ?)", RECORDS)
        connection.executemany("insert into marts.fct_identity_edge values (1, ?, ?, ?, ?, ?)", EDGES)
    with warehouse.published(database) as connection:
        return explain(connection, one, other)


def test_the_shortest_way_is_told_in_words(tmp_path: Path) -> None:
    assert said(tmp_path, "guest-7", "a") == [
        "guest-7 and a are customer 1.",
        "guest-7 and b are reached by the same e-mail address.",
        "b and a are alike with a probability of 0.980000 (the same last name; the same street) and carry the same "
        "loyalty number.",
    ]


def test_two_customers_are_told_apart(tmp_path: Path) -> None:
    assert said(tmp_path, "a", "z") == ["a is customer 1, z is customer 9: nothing joins them."]


def test_a_record_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no record 'x'"):
        said(tmp_path, "a", "x")
