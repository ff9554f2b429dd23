"""Probabilities are what clusters found again say, and are calibrated on draws they were not fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from ml.clustering.assign import probabilities, squared_distances
from ml.clustering.fit import partitions
from ml.clustering.search import one_thread
from ml.clustering.sureness import fit_sharpness, matched


def test_the_names_of_a_draw_do_not_matter() -> None:
    labels = np.array([0, 0, 1, 1, 2, 2])
    redrawn = np.array([[2, 2, 0, 0, 1, 1], [1, 1, 2, 0, 0, 0]])
    assert matched(labels, redrawn).tolist() == [[0, 0, 1, 1, 2, 2], [0, 0, 1, 2, 2, 2]]


def test_sharpness_is_recovered_from_draws_that_follow_it() -> None:
    random = np.random.default_rng(1)
    distance = random.random((600, 2)) * 3
    probability = probabilities(distance, 1.7)[:, 1]
    redrawn = (random.random((60, 600)) < probability).astype(int)
    sharpness, error = fit_sharpness(distance, redrawn)
    assert sharpness == pytest.approx(1.7, rel=0.1)
    assert error < 0.02


def test_who_lies_between_clusters_is_less_sure_than_who_lies_at_a_centre() -> None:
    random = np.random.default_rng(4)
    places = np.concatenate([random.normal([0, 0], 1.6, (150, 2)), random.normal([4, 0], 1.6, (150, 2))])
    with one_thread():
        partition = next(partitions(places, 2, 2))
    redrawn = matched(partition.labels, partition.redrawn)
    distance = squared_distances(places, partition.centres)
    sharpness, error = fit_sharpness(distance, redrawn)
    said = probabilities(distance, sharpness).max(axis=1)
    apart = np.abs(distance[:, 0] - distance[:, 1])
    assert said[apart.argmin()] < 0.7 < 0.99 < said[apart.argmax()]
    assert error < 0.05
