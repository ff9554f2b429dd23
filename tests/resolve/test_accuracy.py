"""Precision and recall of pairs are what counting every pair gives."""

from __future__ import annotations

from itertools import combinations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import warehouse
from regulars.resolve.accuracy import Accuracy, accuracy

Grouped = list[tuple[int, int | None]]


def measured(grouped: Grouped) -> Accuracy:
    with warehouse.memory() as connection:
        clusters, persons = ([row[side] for row in grouped] for side in (0, 1))
        columns = {"cluster_id": pa.array(clusters, pa.int64()), "person_id": pa.array(persons, pa.int64())}
        connection.register("grouped", pa.table(columns))
        return accuracy(connection, "grouped")


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4) | st.none()), max_size=14))
def test_pairs_are_counted_as_if_one_by_one(grouped: Grouped) -> None:
    pairs = list(combinations([row for row in grouped if row[1] is not None], 2))
    together = [(one[0] == other[0], one[1] == other[1]) for one, other in pairs]
    found = measured(grouped)
    assert found.found == sum(claimed for claimed, _ in together)
    assert found.true == sum(so for _, so in together)
    assert found.right == sum(claimed and so for claimed, so in together)


def test_known_figures() -> None:
    found = measured([(1, 1), (1, 1), (1, 2), (2, 2), (3, None)])
    assert (found.precision, found.recall, found.f1) == (1 / 3, 1 / 2, 2 / 5)


def test_nothing_to_find_and_nothing_found_is_no_failure() -> None:
    found = measured([(1, 1), (2, 2)])
    assert (found.precision, found.recall, found.f1) == (None, None, 1.0)
