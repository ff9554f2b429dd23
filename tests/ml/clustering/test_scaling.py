"""Each way of making a feature comparable, against values worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.clustering.scaling import fit_scaling

from .planted import FEATURES

VALUES = np.array([0.0, 2.0, 4.0, 6.0, 8.0])


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("standard", (VALUES - 4) / np.sqrt(8)),
        ("min_max", VALUES / 8),
        ("robust", (VALUES - 4) / 4),
    ],
)
def test_a_feature_is_scaled_as_declared(scale: str, expected: np.ndarray) -> None:
    scaling = fit_scaling(replace(FEATURES[0], scale=scale), VALUES)
    assert scaling and scaling.apply(VALUES) == pytest.approx(expected)


def test_the_logarithm_is_taken_before_scaling() -> None:
    scaling = fit_scaling(replace(FEATURES[0], transform="log1p", scale="min_max"), np.array([0.0, 99.0]))
    assert scaling and scaling.apply(np.array([9.0])) == pytest.approx([0.5])


def test_quartiles_without_a_distance_give_way_to_the_standard_deviation() -> None:
    scaling = fit_scaling(replace(FEATURES[0], scale="robust"), np.array([1.0, 1, 1, 1, 1, 1, 1, 9]))
    assert scaling and scaling.shift == 1 and scaling.factor == pytest.approx(np.sqrt(7))


def test_what_does_not_vary_is_not_scaled_at_all() -> None:
    assert fit_scaling(FEATURES[0], np.full(9, 3.0)) is None
    assert fit_scaling(FEATURES[0], np.array([])) is None
