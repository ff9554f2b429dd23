"""Batch and stream give a customer the same cluster and the same probability, to the last bit."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ml.clustering.assign import Scaling, Split, assign, assign_one, clustering_of, is_above, squared_distances

from .planted import clustering


def test_one_by_one_is_what_the_batch_says_in_any_order_and_with_unknown_features() -> None:
    random = np.random.default_rng(1)
    made = replace(clustering(), features=(Scaling("visits", "log1p", 0.3, 0.7), Scaling("spend", "none", 2.0, 3.1)))
    matrix = random.lognormal(1, 2, (400, 2))
    matrix[random.random(matrix.shape) < 0.1] = np.nan
    batch = assign(made, matrix)
    order = random.permutation(len(matrix))
    again = assign(made, matrix[order])
    assert (again.cluster_id == batch.cluster_id[order]).all()
    assert (again.probability == batch.probability[order]).all()
    assert (again.place == batch.place[order]).all()
    for row, known, cluster_id, probability in zip(
        matrix, batch.is_known, batch.cluster_id, batch.probability, strict=True
    ):
        features = {"visits": row[0], "spend": row[1], "unheard_of": 7.0}
        assert assign_one(made, features) == ((cluster_id, probability) if known else None)


def test_a_customer_between_two_centres_belongs_to_each_with_one_half() -> None:
    assert assign_one(clustering(), {"visits": 4.0, "spend": -50.0}) == (1, 0.5)


def test_what_is_not_known_is_left_out_of_the_distance_and_the_rest_stands_for_it() -> None:
    distance = squared_distances(np.array([[3.0, np.nan]]), np.array([[0.0, 0.0], [8.0, 1.0]]))
    assert distance.tolist() == [[2 * 9.0, 2 * 25.0]]
    assert assign_one(clustering(), {"visits": 8.0, "spend": None})[0] == 2  # type: ignore[index]
    assert assign_one(clustering(), {"visits": None, "spend": None}) is None
    assert assign_one(clustering(), {}) is None


def test_the_place_is_the_distance_from_the_mean_along_each_component() -> None:
    said = assign(clustering(), np.array([[2.0, 4.0], [2.0, np.nan]]))
    assert said.place == pytest.approx(np.array([[0.6 + 1.6, 0.8 - 1.2], [0.6, 0.8]]))


def test_the_logarithm_keeps_the_sign_of_refunds() -> None:
    scaling = Scaling("spend", "log1p", 0.0, 1.0)
    assert scaling.apply(np.array([-9.0, 0.0, 9.0])) == pytest.approx([-np.log(10), 0, np.log(10)])


def test_json_gives_back_the_same_clustering() -> None:
    made = clustering()
    split = Split("spend", 1.5, 20.0, 10.0)
    made = replace(made, clusters=(replace(made.clusters[0], split=split), *made.clusters[1:]))
    assert clustering_of(json.loads(json.dumps(made.as_mapping()))) == made


def test_a_side_of_the_split_is_told_only_where_there_is_one_and_the_figure_is_known() -> None:
    made = clustering()
    made = replace(made, clusters=(replace(made.clusters[0], split=Split("spend", 1.5, 2.0, 1.0)), *made.clusters[1:]))
    values = {"spend": np.array([1.5, 1.6, np.nan, 9.0])}
    assert is_above(made, np.array([1, 1, 1, 2]), values) == [False, True, None, None]
