"""Intervals by bootstrap: paired, the same each time, wider with fewer customers."""

from __future__ import annotations

import numpy as np
import pytest

from ml.evaluation.bootstrap import RESAMPLES, interval, resampled
from ml.evaluation.metrics import figure
from ml.models.ensemble import Prediction
from ml.models.spec import ModelSpec


def drawn(customers: int) -> tuple[Prediction, np.ndarray]:
    random = np.random.default_rng(3)
    said = random.random(customers)
    return Prediction(said, said), (random.random(customers) < said).astype(float)


def test_the_interval_holds_the_figure_is_the_same_each_time_and_narrows_with_customers(churn: ModelSpec) -> None:
    widths = []
    for customers in (100, 1600):
        said, actual = drawn(customers)
        found = interval(resampled(churn, {"model": said}, actual)["model"])
        assert found == interval(resampled(churn, {"model": said}, actual)["model"])
        low, high = found["low"], found["high"]
        assert low is not None and high is not None
        assert low < figure(churn, "roc_auc", said, actual) < high
        widths.append(high - low)
    # Sixteen times the customers: a quarter of the width.
    assert 2.5 < widths[0] / widths[1] < 6


def test_scorers_meet_the_same_customers_so_equal_ones_differ_by_nothing(churn: ModelSpec) -> None:
    said, actual = drawn(100)
    stretched = Prediction(said.value / 2, said.ranking / 2)
    draws = resampled(churn, {"one": said, "other": stretched}, actual)
    assert len(draws["one"]) == RESAMPLES
    assert interval(draws["one"] - draws["other"]) == {"low": 0, "high": 0}


def test_moments_of_one_visit_are_drawn_together_so_telling_everything_thrice_makes_nothing_surer(
    churn: ModelSpec,
) -> None:
    said, actual = drawn(100)
    order = np.random.default_rng(4).permutation(300)
    whose = np.repeat(np.arange(100), 3)[order]
    thrice = Prediction(said.value[whose], said.ranking[whose])
    once = resampled(churn, {"model": said}, actual)["model"]
    assert resampled(churn, {"model": thrice}, actual[whose], whose)["model"] == pytest.approx(once)
    apart = resampled(churn, {"model": thrice}, actual[whose])["model"]
    assert np.ptp(np.quantile(apart, [0.025, 0.975])) < 0.75 * np.ptp(np.quantile(once, [0.025, 0.975]))


def test_draws_with_one_outcome_only_are_left_out(churn: ModelSpec) -> None:
    said = Prediction(np.linspace(0, 1, 50), np.linspace(0, 1, 50))
    rare = np.zeros(50)
    rare[-1] = 1
    assert 0 < len(resampled(churn, {"model": said}, rare)["model"]) < RESAMPLES
    assert interval(np.array([])) == {"low": None, "high": None}
