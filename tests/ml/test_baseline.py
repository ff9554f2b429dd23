"""The rules say what their description says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from ml.datasets.frame import Frame, Rows
from ml.models.baseline import fit_baseline, predict_baseline, untrained_baseline
from ml.models.spec import BaselineSpec, ModelSpec


def rows(days: list[float], gaps: list[float]) -> Rows:
    inputs = {"days_since_last_order": np.array(days), "median_gap_days": np.array(gaps)}
    return Rows(np.arange(len(days)), np.empty((len(days), 0)), inputs)


def test_untrained_a_gap_as_long_as_the_scale_gives_a_quarter(churn: ModelSpec) -> None:
    gap = churn.horizon_days * (2**0.5 - 1)
    said = predict_baseline(churn, untrained_baseline(churn), rows([0.0], [gap]))
    assert said.value == pytest.approx([0.25])


def test_untrained_longer_silence_is_likelier_to_go_on(churn: ModelSpec) -> None:
    said = predict_baseline(churn, untrained_baseline(churn), rows([0, 5, 50, 500, np.nan], [7, 7, 7, 7, 7]))
    assert np.all(np.diff(said.value) > 0)
    assert np.all((said.value > 0) & (said.value < 1))


def test_untrained_the_same_silence_is_worse_for_a_frequent_customer(churn: ModelSpec) -> None:
    horizon = float(churn.horizon_days)
    said = predict_baseline(churn, untrained_baseline(churn), rows([30, 30, 30], [3, np.nan, horizon]))
    assert said.value[0] < said.value[1] == said.value[2]


def test_what_one_customer_is_told_does_not_depend_on_the_others(churn: ModelSpec) -> None:
    together = predict_baseline(churn, untrained_baseline(churn), rows([3, 30, 9], [np.nan, 14, 2])).value
    alone = predict_baseline(churn, untrained_baseline(churn), rows([3], [np.nan])).value
    assert together[0] == alone[0]


def test_trained_the_recency_rule_recovers_the_share_that_left(churn: ModelSpec) -> None:
    random = np.random.default_rng(1)
    days = random.integers(0, 100, 20_000).astype(float)
    left = (random.random(len(days)) < np.where(days < 50, 0.1, 0.6)).astype(float)
    instant = np.full(len(days), datetime(2017, 1, 1), dtype="datetime64[us]")
    given = rows(list(days), [7.0] * len(days))
    baseline = fit_baseline(churn, Frame((), given, instant, instant, left))
    said = predict_baseline(churn, baseline, rows([10, 90, 1000], [7, 7, 7])).value
    assert said == pytest.approx([0.1, 0.6, 0.6], abs=0.03)
    assert baseline["version"] != untrained_baseline(churn)["version"]


def test_last_period_revenue_is_next_period_revenue_and_never_below_zero(ltv: ModelSpec) -> None:
    spec = replace(ltv, baseline=BaselineSpec("last_period_revenue", ("net_revenue_28d",)))
    given = Rows(np.arange(3), np.empty((3, 0)), {"net_revenue_28d": np.array([12.5, np.nan, -3.0])})
    assert list(predict_baseline(spec, untrained_baseline(spec), given).value) == [12.5, 0, 0]
