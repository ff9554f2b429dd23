"""A fit learns from what was known at its instant, and from nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from ml.datasets.frame import Frame
from ml.models.fit import MINIMUM_CUSTOMERS, TrainingRefused, fit_at
from ml.models.spec import ModelSpec

from .synthetic import AS_OF, Place

INSTANT = AS_OF - timedelta(days=14)


@pytest.fixture
def frame(place: Place, churn: ModelSpec) -> Frame:
    return place.frame(churn)


def test_what_happens_afterwards_changes_nothing(frame: Frame, churn: ModelSpec) -> None:
    unknown = frame.label_end > np.datetime64(INSTANT, "us")
    assert unknown.any()
    otherwise = replace(frame, label=np.where(unknown, 1 - frame.label, frame.label))
    assert fit_at(otherwise, churn, INSTANT).ensemble == fit_at(frame, churn, INSTANT).ensemble


def test_a_label_that_was_known_does_change_it(frame: Frame, churn: ModelSpec) -> None:
    known = frame.label_end <= np.datetime64(INSTANT, "us")
    otherwise = replace(frame, label=np.where(known, 1 - frame.label, frame.label))
    assert fit_at(otherwise, churn, INSTANT).ensemble != fit_at(frame, churn, INSTANT).ensemble


def test_no_tree_has_seen_the_period_of_its_calibration(frame: Frame, churn: ModelSpec) -> None:
    fit = fit_at(frame, churn, INSTANT)
    assert fit.calibrated_at == INSTANT - timedelta(days=14)
    assert all(origin + timedelta(days=14) <= fit.calibrated_at for origin in fit.origins)
    assert len(fit.origins) <= churn.origin_count


def test_a_model_that_refits_has_seen_the_latest_complete_period(place: Place, ltv: ModelSpec) -> None:
    fit = fit_at(place.frame(ltv), ltv, INSTANT)
    assert fit.origins[-1] == fit.calibrated_at == INSTANT - timedelta(days=14)


def test_the_level_of_a_refitted_model_is_that_of_the_latest_period(place: Place, ltv: ModelSpec) -> None:
    frame = place.frame(ltv)
    fit = fit_at(frame, ltv, INSTANT)
    latest = frame.at(fit.calibrated_at)
    assert fit.ensemble.predict(latest.rows.matrix).value.sum() == pytest.approx(latest.label.sum())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            f"delete from drawn where customer_id >= {MINIMUM_CUSTOMERS}",
            f"{MINIMUM_CUSTOMERS - 1} customers, fewer than",
        ),
        ("update drawn set is_churned = false", "the label is 0 for everybody"),
        (
            "update drawn set days_since_last_order = 3, median_gap_days = 3, net_revenue_28d = 1, loyalty = 0, "
            "tier = 'plus', has_card = true",
            "every feature has one value only",
        ),
        ("delete from drawn where as_of < '2017-12-15'", "no label of 14 days is complete"),
        ("delete from drawn where as_of < '2017-12-01'", "0 customers"),
    ],
)
def test_training_is_refused_with_the_reason(
    place_of: Callable[..., Place], churn: ModelSpec, change: str, reason: str
) -> None:
    with pytest.raises(TrainingRefused, match=f"training refused: .*{reason}"):
        fit_at(place_of(change=change).frame(churn), churn, INSTANT)


def test_training_on_no_revenue_is_refused(place_of: Callable[..., Place], ltv: ModelSpec) -> None:
    refunds = "update drawn set net_revenue = -(customer_id % 3)"
    with pytest.raises(TrainingRefused, match="net revenue is not above zero"):
        fit_at(place_of(change=refunds).frame(ltv), ltv, INSTANT)


def test_fifty_customers_are_enough(place_of: Callable[..., Place], churn: ModelSpec) -> None:
    few = place_of(change=f"delete from drawn where customer_id > {MINIMUM_CUSTOMERS}")
    assert fit_at(few.frame(churn), churn, INSTANT).rows


def test_a_feature_that_is_always_null_does_not_stop_learning(place_of: Callable[..., Place], churn: ModelSpec) -> None:
    place = place_of(change="update drawn set tier = null, has_card = null")
    assert fit_at(place.frame(churn), churn, INSTANT).rows
