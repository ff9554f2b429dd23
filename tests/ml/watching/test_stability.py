"""PSI by hand, its bounds by chance by simulation, and bins that mean the same in numpy and in SQL."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.watching.stability import counts_of, edges_of, psi, psi_by_chance

COUNTS = st.lists(st.integers(0, 1_000), min_size=2, max_size=11)


def test_a_psi_by_hand() -> None:
    # 0.5 is added to each count: shares are 0.5 and 0.5, then 0.25 and 0.75.
    assert psi([9, 9], [4, 13]) == pytest.approx(
        (4.5 / 18 - 0.5) * log(4.5 / 18 / 0.5) + (13.5 / 18 - 0.5) * log(13.5 / 18 / 0.5), abs=1e-6
    )


@given(COUNTS)
def test_nothing_has_shifted_from_itself_and_an_empty_night_shifts_nothing(counts: list[int]) -> None:
    assert psi(counts, counts) == 0
    assert psi(counts, [0] * len(counts)) == psi([0] * len(counts), counts) == 0


@given(st.lists(st.one_of(st.floats(-1e9, 1e9), st.just(float("nan"))), min_size=1, max_size=200))
def test_every_row_is_in_one_bin_and_tenths_hold_about_a_tenth(values: list[float]) -> None:
    given_values = np.array(values)
    edges = edges_of(given_values)
    counts = counts_of(given_values, edges)
    assert sum(counts) == len(values) and counts[-1] == np.isnan(given_values).sum()
    assert len(counts) == len(edges) + 2 and edges == sorted(set(edges))


@pytest.mark.parametrize("rows", [60, 400, 2_500])
def test_samples_of_one_law_are_within_chance_and_small_ones_are_above_the_rule_of_thumb(rows: int) -> None:
    random = np.random.default_rng(7)
    beyond, highest = 0, 0.0
    for _ in range(400):
        then, now = random.normal(size=rows), random.normal(size=rows)
        edges = edges_of(then)
        before, tonight = counts_of(then, edges), counts_of(now, edges)
        figure = psi(before, tonight)
        beyond += figure > psi_by_chance(before, tonight, 0.99)
        highest = max(highest, figure)
    assert beyond <= 10, "one in a hundred was asked for"
    assert (highest > 0.25) == (rows == 60), "which is why the rule of thumb alone is no bound"
