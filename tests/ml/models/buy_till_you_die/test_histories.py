"""Histories that cannot be are refused, and grouping loses nobody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.models.buy_till_you_die.histories import Histories, group
from regulars.errors import UsageError


@pytest.mark.parametrize(
    ("x", "t_x", "age", "told"),
    [
        (1, 5, 4, "an order after as_of"),
        (0, 2, 4, "no repeat order"),
        (-1, 0, 4, "fewer than 0"),
        (1, -2, 4, "last order before its first"),
        (1, float("nan"), 4, "null"),
        (1, 1, float("inf"), "infinite"),
    ],
)
def test_a_history_that_cannot_be_is_refused_with_its_row(x: float, t_x: float, age: float, told: str) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        Histories([0, x], [0, t_x], [3, age])
    assert "1 of 2" in str(refused.value) and "row 1" in str(refused.value)


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(UsageError, match="three columns of one length"):
        Histories([0, 1], [0, 1], [3])


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 2), st.integers(0, 2), st.integers(2, 3), st.integers(1, 9)), max_size=40))
def test_grouping_has_each_history_once_and_keeps_every_customer(rows: list[tuple[int, int, int, int]]) -> None:
    x, t_x, age, counts = np.array(rows, dtype=float).reshape(-1, 4).T
    distinct, weights = group(Histories(x, t_x, age), counts)
    found = {key: weight for *key, weight in zip(*_columns(distinct), weights, strict=True) for key in [tuple(key)]}
    expected: dict[tuple[float, ...], float] = {}
    for *key, count in rows:
        expected[tuple(key)] = expected.get(tuple(key), 0) + count
    assert found == expected and len(found) == len(distinct)


def _columns(histories: Histories) -> tuple[np.ndarray, ...]:
    return histories.repeat_orders, histories.btyd_recency, histories.age
