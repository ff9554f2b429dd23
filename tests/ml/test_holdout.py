"""The trial tells a model that knows something from one that does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ml.evaluation.holdout import evaluate_holdout
from ml.models.fit import TrainingRefused
from ml.models.spec import ModelSpec

from .synthetic import AS_OF, NOISE, Place

ORIGIN = AS_OF - timedelta(days=14)


def test_a_model_that_sees_the_law_beats_the_recency_rule(place: Place, churn: ModelSpec) -> None:
    quality, _ = evaluate_holdout(place.frame(churn), churn, ORIGIN)
    model, baseline = quality.metrics["model"], quality.metrics["baseline"]
    assert model["roc_auc"] > baseline["roc_auc"] + 0.05
    assert model["brier"] < baseline["brier"]
    assert model["ece"] < 0.1
    assert quality.lift["model"][-1]["lift"] > quality.lift["model"][0]["lift"]


def test_a_model_that_sees_the_law_beats_last_period_revenue(place: Place, ltv: ModelSpec) -> None:
    quality, _ = evaluate_holdout(place.frame(ltv), ltv, ORIGIN)
    model, baseline = quality.metrics["model"], quality.metrics["baseline"]
    assert model["normalised_gini"] > baseline["normalised_gini"] + 0.05
    assert model["rmse"] < baseline["rmse"]
    assert abs(model["bias"]) < 0.2


def test_a_model_that_sees_noise_only_does_not_beat_the_rule(place: Place, churn: ModelSpec) -> None:
    quality, _ = evaluate_holdout(place.frame(churn, NOISE), churn, ORIGIN)
    assert quality.metrics["model"]["roc_auc"] < quality.metrics["baseline"]["roc_auc"]


def test_the_fit_of_a_trial_knew_nothing_after_its_origin(place: Place, churn: ModelSpec) -> None:
    frame = place.frame(churn)
    quality, fit = evaluate_holdout(frame, churn, ORIGIN)
    alone, _ = evaluate_holdout(frame.where(frame.as_of <= frame.at(ORIGIN).as_of[0]), churn, ORIGIN)
    assert fit.calibrated_at + timedelta(days=14) <= ORIGIN
    assert alone == quality


def test_model_and_baseline_are_judged_on_the_same_customers(place: Place, churn: ModelSpec) -> None:
    quality, _ = evaluate_holdout(place.frame(churn), churn, ORIGIN)
    assert {sum(row["customers"] for row in rows) for rows in quality.lift.values()} == {quality.rows}
    assert quality.metrics["model"]["base_rate"] == quality.metrics["baseline"]["base_rate"]


def test_an_origin_without_rows_is_refused(place: Place, churn: ModelSpec) -> None:
    with pytest.raises(TrainingRefused, match="no origin 2017-12-19"):
        evaluate_holdout(place.frame(churn), churn, ORIGIN + timedelta(days=1))
