"""A cluster keeps its number while more than half of its customers stay together, and no number is given twice."""

from __future__ import annotations

import numpy as np
import pytest

from ml.clustering import identity


def test_the_first_clusters_are_numbered_from_one() -> None:
    assert identity.first(3) == identity.Continued((1, 2, 3), 4, {})


def test_overlap_is_what_both_have_over_what_either_has() -> None:
    shared = identity.overlaps(np.array([0, 0, 0, 1]), np.array([1, 1, 0, 0]), 2)
    assert shared == pytest.approx(np.array([[1 / 4, 2 / 3], [1 / 2, 0]]))


@pytest.mark.parametrize("seed", range(5))
def test_numbers_follow_the_customers_whatever_the_algorithm_calls_its_clusters(seed: int) -> None:
    random = np.random.default_rng(seed)
    before = random.integers(0, 4, 200) * 10 + 3
    names = random.permutation(4)
    kept = identity.continued(names[(before - 3) // 10], 4, before, next_id=99)
    assert [kept.ids[name] for name in names] == [3, 13, 23, 33]
    assert kept.next_id == 99 and not kept.dissolved


def test_a_cluster_torn_in_two_halves_dissolves_and_its_number_is_not_used_again() -> None:
    before = np.array([1] * 10 + [2] * 10)
    labels = np.array([0] * 5 + [1] * 5 + [2] * 10)
    kept = identity.continued(labels, 3, before, next_id=7)
    assert kept == identity.Continued((7, 8, 2), 9, {1: 0.5})


def test_a_cluster_that_loses_less_than_half_goes_on_beside_a_new_one() -> None:
    before = np.array([1] * 10)
    kept = identity.continued(np.array([0] * 4 + [1] * 6), 2, before, next_id=2)
    assert kept == identity.Continued((2, 1), 3, {})
