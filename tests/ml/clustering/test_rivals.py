"""The knee of a curve and the cut of a tree, where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from ml.clustering.fit import pairwise
from ml.clustering.plots import dendrogram, k_distance
from ml.clustering.rivals import knee, neighbour_distances, ward_labels, ward_merges


def test_the_knee_is_where_a_flat_line_turns_up() -> None:
    assert knee(np.array([1.0, 1.1, 1.2, 1.3, 5.0, 9.0])) == 1.3
    assert knee(np.zeros(5)) == 1.0


def test_the_first_neighbour_of_a_customer_is_the_customer() -> None:
    distance = pairwise(np.array([[0.0], [1.0], [5.0], [7.0]]))
    assert neighbour_distances(distance, 1).tolist() == [0, 0, 0, 0]
    assert neighbour_distances(distance, 2).tolist() == [1, 1, 2, 2]


def test_wards_tree_is_cut_into_the_pairs_it_was_made_of_and_drawn_to_its_top() -> None:
    places = np.array([[0.0], [1.0], [10.0], [12.0]])
    labels = ward_labels(ward_merges(places), 2)
    assert labels[0] == labels[1] != labels[2] == labels[3]
    points = list(dendrogram(places))
    # Ward's distance of two pairs: sqrt(2 · 2 · 2 / 4) times that of their middles, 10.5
    assert max(point.y for point in points) == pytest.approx(np.sqrt(2) * 10.5, abs=1e-4)
    assert len(points) == 3 * 4


def test_the_k_distance_plot_ends_with_the_loneliest_customer() -> None:
    places = np.append(np.linspace(0, 1, 30), 50).reshape(-1, 1)
    points = list(k_distance(places, pairwise(places)))
    assert points[-1].x == 30 and points[-1].y == max(point.y for point in points) > 48
