"""Clusters are called by what sets them apart, no two the same, with the numbers behind."""

from __future__ import annotations

import numpy as np

from ml.clustering.naming import describe, name_clusters

from .planted import FEATURES


def test_a_name_says_what_sets_a_cluster_apart_the_most_telling_first() -> None:
    treated = np.array([[0.0, 0.0]] * 6 + [[9.0, 1.0]] * 3 + [[0.0, 9.0]] * 3)
    names, telling = name_clusters(FEATURES, treated, np.array([0] * 6 + [1] * 3 + [2] * 3), 3)
    assert names == ["Spend less and come less often", "Come more often", "Spend more and come less often"]
    assert telling[1] == [0]


def test_words_in_another_order_are_no_other_name() -> None:
    treated = np.array([[3.0, 4.0], [4.0, 3.0], [-9.0, -9.0], [-9.0, -9.0]])
    names, _ = name_clusters(FEATURES, treated, np.array([0, 1, 2, 2]), 3)
    assert len(set(names)) == 3
    assert names[:2] == ["Spend more and come more often", "Come more often and spend more"] or "(2)" in names[1]


def test_a_cluster_like_all_customers_is_called_so() -> None:
    treated = np.array([[1.0, 1.0], [-1.0, -1.0]] * 10)
    names, telling = name_clusters(FEATURES, treated, np.zeros(20, dtype=int), 1)
    assert names == ["Much like all customers"] and telling == [[]]


def test_the_description_has_the_medians_in_the_units_of_the_features() -> None:
    everybody = np.array([[1.0, 10.0], [3.0, 2000.0], [5.0, 30.0]])
    said = describe(FEATURES, [1, 0], everybody[1:2], everybody, {"spend": "net revenue in 84 days"})
    assert said == "Medians: net revenue in 84 days 2,000 (all: 30); visits 3 (all: 3)."
