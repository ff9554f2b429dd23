"""Figures against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ml.clustering.fit import pairwise
from ml.clustering.measures import NOISE, dunn, separation, silhouette, smallest_share

LINE = np.array([[0.0], [1.0], [5.0], [7.0]])
"""Two pairs: within 1 and 2, the nearest between them 4."""


def test_dunn_is_the_least_gap_over_the_widest_cluster() -> None:
    assert dunn(pairwise(LINE), np.array([0, 0, 1, 1])) == pytest.approx(4 / 2)
    assert dunn(pairwise(LINE), np.array([0, 0, 0, 1])) == pytest.approx(2 / 5)


def test_noise_counts_neither_for_gaps_nor_for_widths() -> None:
    assert dunn(pairwise(LINE), np.array([0, 0, NOISE, 1])) == pytest.approx(6 / 1)
    assert smallest_share(np.array([0, 0, NOISE, 1])) == 0.25


def test_one_cluster_or_clusters_without_width_have_no_dunn_index() -> None:
    assert dunn(pairwise(LINE), np.zeros(4, dtype=int)) is None
    assert dunn(pairwise(LINE), np.arange(4)) is None
    assert dunn(pairwise(LINE), np.full(4, NOISE)) is None


def test_silhouette_of_two_pairs_by_hand_and_of_one_cluster_none() -> None:
    by_hand = np.mean([(6 - 1) / 6, (5 - 1) / 5, (4.5 - 2) / 4.5, (6.5 - 2) / 6.5])
    assert silhouette(pairwise(LINE), np.array([0, 0, 1, 1])) == pytest.approx(by_hand)
    assert silhouette(pairwise(LINE), np.zeros(4, dtype=int)) is None


def test_separation_by_hand() -> None:
    # ranks 1 to 4: within 0.5 + 0.5 over 2 degrees of freedom, in all 5 over 3
    assert separation(np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 30.0, 4000.0])) == pytest.approx(1 - 0.5 / (5 / 3))


def test_separation_is_about_nothing_for_groups_by_lot_however_many() -> None:
    random = np.random.default_rng(1)
    value = random.lognormal(size=4000)
    for groups in (2, 10, 50):
        assert abs(separation(random.integers(0, groups, 4000), value) or 0) < 0.02


def test_nothing_can_be_told_apart_where_everybody_brought_the_same_or_is_alone() -> None:
    assert separation(np.array([0, 0, 1]), np.zeros(3)) is None
    assert separation(np.zeros(3, dtype=int), np.arange(3.0)) is None
    assert separation(np.arange(3), np.arange(3.0)) is None
