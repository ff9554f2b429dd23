"""The number of clusters is that which was planted, none where nothing was; outliers deceive silhouette alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.clustering.fit import Trial, choose, pairwise, partitions, sample_of, trial_of
from ml.clustering.measures import agreement
from ml.clustering.rivals import rival_trials
from ml.clustering.search import one_thread

from .planted import SPEC, three_groups

TRIAL = Trial("k_means", 2, "", 100, 1.0, 0.5, 0.1, 0.9, 0.2, 0.0, 0.40, 0.02)


def tried(places: np.ndarray, later_value: np.ndarray) -> list[Trial]:
    sample = sample_of(len(places))
    distance = pairwise(places[sample])
    with one_thread():
        found = [trial_of(each, later_value, distance, sample) for each in partitions(places, SPEC.fewest, SPEC.most)]
    return choose(SPEC, found)


def test_three_planted_groups_are_found_and_chosen() -> None:
    places, group, later_value = three_groups()
    chosen = [trial for trial in tried(places, later_value) if trial.is_chosen]
    assert [trial.clusters for trial in chosen] == [3]
    assert chosen[0].stability == 1 and chosen[0].smallest_share == pytest.approx(1 / 3)
    with one_thread():
        partition = next(each for each in partitions(places, 3, 3))
    assert agreement(partition.labels, group) == 1


def test_clusters_that_say_nothing_of_later_value_are_not_taken() -> None:
    places, _, _ = three_groups()
    found = tried(places, np.random.default_rng(1).normal(size=len(places)))
    assert not any(trial.is_chosen for trial in found)
    assert all("separation of later value" in trial.obstacles[-1] for trial in found)


def test_two_far_off_customers_have_the_best_silhouette_and_are_refused_for_their_share() -> None:
    random = np.random.default_rng(2)
    spend = np.append(random.lognormal(3, 0.6, 298), [9_000, 9_500])
    raw = np.column_stack([spend, random.poisson(5, 300)])
    outliers = tried(raw, spend)[0]
    treated = tried(np.log1p(raw) / np.log1p(raw).std(axis=0), spend)[0]
    assert outliers.silhouette > 0.9 > (treated.silhouette or 0)  # type: ignore[operator]
    assert outliers.smallest_share == pytest.approx(2 / 300)
    assert "smallest share 0.007, less than 0.05" in outliers.obstacles


def test_the_least_number_within_one_standard_error_of_the_best_is_taken() -> None:
    three, four = replace(TRIAL, clusters=3, later_value=0.45), replace(TRIAL, clusters=4, later_value=0.46)
    judged = choose(SPEC, [TRIAL, three, four])
    assert [trial.is_chosen for trial in judged] == [False, True, False]
    assert judged[0].obstacles == ("later value is told apart better by 4 clusters",)
    assert judged[2].obstacles == ("3 clusters tell later value apart as well, within one standard error",)


def test_silhouette_decides_nothing() -> None:
    praised = replace(TRIAL, silhouette=0.99, stability=0.5)
    assert [trial.is_chosen for trial in choose(SPEC, [praised, replace(TRIAL, clusters=3)])] == [False, True]


def test_with_fewer_customers_unlike_than_clusters_the_rest_is_not_tried() -> None:
    places = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 5.0]], 20, axis=0)
    with one_thread():
        assert [len(each.centres) for each in partitions(places, 2, 5)] == [2, 3]


def test_rivals_find_the_planted_groups_too_and_say_how_sure_they_are() -> None:
    places, _, later_value = three_groups(150)
    with one_thread():
        found = list(rival_trials(SPEC, places, pairwise(places), later_value))
    assert [(trial.algorithm, trial.clusters) for trial in found[:4]] == [("ward", number) for number in (2, 3, 4, 5)]
    by_name = {trial.algorithm: trial for trial in found if trial.algorithm != "ward"}
    assert found[1].stability == 1 and found[1].smallest_share == pytest.approx(1 / 3)
    assert by_name["hdbscan"].clusters == 3
    assert by_name["dbscan"].setting.endswith("min_samples 4") and by_name["dbscan"].noise_share < 0.1
    assert (by_name["dbscan"].later_value or 0) > 0.8
