"""Calibrations recover the distortion that was put in."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.models.calibration import calibrated, fit_calibration, log_odds, with_mean


def test_sigmoid_recovers_the_stretch_and_shift_of_the_log_odds() -> None:
    random = np.random.default_rng(3)
    stated = random.uniform(0.02, 0.98, 60_000)
    real = 1 / (1 + np.exp(-(0.6 * np.log(stated / (1 - stated)) - 0.8)))
    found = fit_calibration("sigmoid", stated, (random.random(len(stated)) < real).astype(float))
    assert found["slope"] == pytest.approx(0.6, abs=0.03)
    assert found["intercept"] == pytest.approx(-0.8, abs=0.03)


def test_isotonic_recovers_a_step_and_never_decreases() -> None:
    random = np.random.default_rng(4)
    stated = random.uniform(0, 1, 20_000)
    actual = (random.random(len(stated)) < np.where(stated < 0.5, 0.1, 0.7)).astype(float)
    values = calibrated(fit_calibration("isotonic", stated, actual), np.linspace(0, 1, 101))
    assert np.all(np.diff(values) >= 0)
    assert values[25] == pytest.approx(0.1, abs=0.03)
    assert values[75] == pytest.approx(0.7, abs=0.03)


def test_scalar_brings_the_total_to_what_happened() -> None:
    predicted, actual = np.array([1.0, 2.0, 3.0]), np.array([0.0, 4.0, 8.0])
    assert calibrated(fit_calibration("scalar", predicted, actual), predicted) == pytest.approx([2, 4, 6])


def test_none_leaves_it_as_it_is() -> None:
    assert list(calibrated(fit_calibration("none", np.ones(2), np.ones(2)), np.array([0.2, 7]))) == [0.2, 7]


@settings(max_examples=30)
@given(st.sampled_from(["sigmoid", "isotonic", "scalar", "none"]), st.integers(0, 1000))
def test_a_calibration_means_the_same_after_json(kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    predicted, actual = random.uniform(0, 1, 200), (random.random(200) < 0.4).astype(float)
    found = fit_calibration(kind, predicted, actual)
    assert np.array_equal(calibrated(json.loads(json.dumps(found)), predicted), calibrated(found, predicted))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-12, 12), min_size=1, max_size=30), st.floats(0, 1))
def test_shifted_log_odds_have_the_mean_that_was_asked_for_and_their_order(odds: list[float], mean: float) -> None:
    shifted = with_mean(np.array(odds), mean)
    assert shifted.mean() == pytest.approx(min(max(mean, 1e-6), 1 - 1e-6), rel=1e-6)
    assert np.ptp(log_odds(shifted, 1e-300) - np.array(odds)) < 1e-3 or shifted.max() > 1 - 1e-9
