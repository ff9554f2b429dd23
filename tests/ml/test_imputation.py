"""Imputation is judged on values that are known: the method that knows the law of the data comes closest."""

from __future__ import annotations

import numpy as np
import pytest

from ml.datasets.imputation import Imputed, measure
from ml.datasets.outliers import Treatment
from ml.datasets.schema import Feature

FEATURES = (
    Feature("cause", "double"),
    Feature("effect", "double"),
    Feature("noise", "double"),
    Feature("tier", "varchar", ("basic", "plus", "gold")),
    Feature("complete", "double"),
    Feature("never", "double"),
)


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    """``effect`` is twice ``cause``; noise follows nothing; eight in ten are of one tier."""
    random = np.random.default_rng(7)
    cause = random.normal(10, 3, 600)
    tier = random.choice([0.0, 1.0, 2.0], 600, p=[0.1, 0.8, 0.1])
    columns = [cause, 2 * cause + random.normal(0, 0.3, 600), random.normal(0, 1, 600), tier]
    made = np.column_stack([*columns, random.normal(0, 1, 600), np.full(600, np.nan)])
    made[:, :4][random.random((600, 4)) < 0.2] = np.nan
    return made


@pytest.fixture(scope="module")
def found(matrix: np.ndarray) -> dict[tuple[str, str], Imputed]:
    return {(one.feature, one.method): one for one in measure(FEATURES, matrix, {})[0]}


def test_only_features_with_missing_and_known_values_are_measured(found: dict[tuple[str, str], Imputed]) -> None:
    assert {feature for feature, _ in found} == {"cause", "effect", "noise", "tier"}
    assert all(0.15 < one.missing < 0.25 and one.hidden >= 20 for one in found.values())


def test_what_follows_from_another_feature_is_found_by_regression_where_noise_hides_the_neighbours(
    found: dict[tuple[str, str], Imputed],
) -> None:
    assert found["effect", "median"].error == 1
    assert found["effect", "regression"].error < 0.5 < found["effect", "k nearest"].error < 1
    assert found["effect", "median"].spread == 0
    assert found["effect", "regression"].spread > 0.7


def test_what_follows_from_nothing_is_filled_in_no_better_than_by_its_median(
    found: dict[tuple[str, str], Imputed],
) -> None:
    assert all(found["noise", method].error > 0.9 for method in ("median", "k nearest", "regression"))


def test_a_text_is_filled_with_its_mode_and_judged_by_how_often_that_is_wrong(
    found: dict[tuple[str, str], Imputed],
) -> None:
    assert {round(found["tier", method].error, 1) for method in ("median", "k nearest", "regression")} <= {
        0.1,
        0.2,
        0.3,
    }
    assert found["tier", "median"].spread is None


def test_the_same_rows_give_the_same_figures_and_stay_as_they_are(
    matrix: np.ndarray, found: dict[tuple[str, str], Imputed]
) -> None:
    before = matrix.copy()
    assert measure(FEATURES, matrix, {})[0] == list(found.values())
    assert np.array_equal(matrix, before, equal_nan=True)


def test_what_follows_the_logarithm_of_a_feature_is_found_by_regression_on_the_logarithm_alone() -> None:
    random = np.random.default_rng(11)
    level = random.normal(3, 1.5, 600)
    made = np.column_stack([np.exp(level), level + random.normal(0, 0.1, 600)])
    made[random.random(600) < 0.2, 0] = np.nan
    judged, treated = measure(FEATURES[:2], made, {"cause": Treatment("log")})
    error = {one.method: one.error for one in judged if one.feature == "cause"}
    assert error["regression, treated"] < 0.3 < error["regression"]
    assert [(one.feature, one.step) for one in treated] == [("cause", "logarithm")]
    assert 400 < treated[0].rows < 480
