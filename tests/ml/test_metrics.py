"""Figures of merit against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    mean_absolute_error,
    roc_auc_score,
    root_mean_squared_error,
)

from ml.evaluation.metrics import (
    decile_error,
    deciles,
    evaluate,
    expected_calibration_error,
    figure,
    gini,
    lift_by_decile,
    normalised_gini,
    top_decile_lift,
)
from ml.models.ensemble import Prediction
from ml.models.spec import ModelSpec, load_spec

ONE_TO_FOUR = np.array([1.0, 2.0, 3.0, 4.0])
amounts = st.lists(st.integers(0, 1000), min_size=2, max_size=40).filter(lambda row: len(set(row)) > 1)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2).filter(lambda rows: len({r[1] for r in rows}) > 1)
)
def test_roc_auc_is_that_of_the_library_ties_too(rows: list[tuple[int, bool]]) -> None:
    ranking, left = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    told = figure(load_spec("churn"), "roc_auc", Prediction(ranking, ranking), left)
    assert told == pytest.approx(roc_auc_score(left, ranking), abs=1e-6)


def test_the_lift_of_the_top_tenth_is_its_mean_over_everybodys() -> None:
    actual = np.array([0.0] * 18 + [1.0, 0.0])
    assert top_decile_lift(actual, said([float(i) for i in range(20)])) == pytest.approx(0.5 / 0.05)
    assert top_decile_lift(np.array([1.0, 3.0]), said([1.0, 2.0])) == pytest.approx(1.5)


def said(values: list[float]) -> Prediction:
    return Prediction(np.array(values), np.array(values))


def test_gini_of_one_to_four_is_a_quarter() -> None:
    assert gini(ONE_TO_FOUR, ONE_TO_FOUR) == pytest.approx(0.25)


def test_the_worst_order_has_the_negative_gini_of_the_best() -> None:
    assert gini(ONE_TO_FOUR, -ONE_TO_FOUR) == pytest.approx(-0.25)


def test_an_order_that_tells_nothing_has_gini_zero_whatever_comes_first() -> None:
    assert gini(ONE_TO_FOUR, np.zeros(4)) == pytest.approx(0)
    assert gini(ONE_TO_FOUR[::-1], np.zeros(4)) == pytest.approx(0)


def test_normalised_gini_of_one_swap_is_three_fifths() -> None:
    # Order 4, 2, 3, 1 against 4, 3, 2, 1: concentration (4 + 6 + 9 + 10) against (4 + 7 + 9 + 10).
    swapped = np.array([1.0, 3.0, 2.0, 4.0])
    assert normalised_gini(ONE_TO_FOUR, swapped) == pytest.approx((2 * 29 / 40 - 1.25) / 0.25)


@settings(max_examples=50)
@given(amounts, st.randoms(use_true_random=False))
def test_gini_does_not_depend_on_the_order_of_rows_or_the_scale_of_the_ranking(row: list[int], random: object) -> None:
    actual = np.array(row, dtype=float)
    ranking = np.round(actual / 7)
    shuffled = list(range(len(row)))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    value = normalised_gini(actual, ranking)
    assert normalised_gini(actual[shuffled], ranking[shuffled]) == pytest.approx(value)
    assert normalised_gini(actual, 3 * ranking**3 + 1) == pytest.approx(value)
    assert value <= 1 + 1e-9


def test_ece_is_the_mean_distance_of_stated_and_real_share() -> None:
    actual = np.array([0.0, 1.0, 1.0, 1.0])
    # Two bins: {0.2, 0.2} with share 0.5, {0.9, 0.9} with share 1.
    assert expected_calibration_error(actual, np.array([0.2, 0.2, 0.9, 0.9]), bins=2) == pytest.approx(0.2)


def test_ece_is_zero_when_every_bin_keeps_its_word() -> None:
    probability = np.repeat([0.0, 0.5, 1.0], 20)
    actual = np.concatenate([np.zeros(20), np.tile([0.0, 1.0], 10), np.ones(20)])
    assert expected_calibration_error(actual, probability, bins=3) == pytest.approx(0)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_deciles_differ_by_one_customer_at_most_and_never_contradict_the_score(row: list[int]) -> None:
    decile = deciles(said([float(value) for value in row]), np.arange(len(row)))
    sizes = np.bincount(decile, minlength=11)[1:]
    assert sizes.max() - sizes.min() <= 1
    for one, other in zip(*np.triu_indices(len(row), 1), strict=True):
        if row[one] < row[other]:
            assert decile[one] <= decile[other]


def test_equal_scores_are_put_in_deciles_by_customer() -> None:
    tie = np.array([30, 10, 20, 40, 60, 50, 80, 70, 100, 90])
    assert list(deciles(said([0.5] * 10), tie)) == [3, 1, 2, 4, 6, 5, 8, 7, 10, 9]


def test_ten_is_the_highest_decile() -> None:
    assert list(deciles(said([float(value) for value in range(20)]), np.arange(20)))[-2:] == [10, 10]


def test_decile_error_of_twice_the_truth_is_one() -> None:
    actual = np.arange(1.0, 41.0)
    assert decile_error(actual, said(list(actual))) == pytest.approx(0)
    assert decile_error(actual, said(list(2 * actual))) == pytest.approx(1)


def test_bias_is_the_share_by_which_the_total_is_missed(ltv: ModelSpec) -> None:
    assert evaluate(ltv, said([11.0, 22.0]), np.array([10.0, 20.0]))["bias"] == pytest.approx(0.1)


def test_the_recency_rule_is_judged_by_days_and_not_by_its_bins(churn: ModelSpec) -> None:
    coarse = Prediction(value=np.array([0.3, 0.3, 0.3, 0.3]), ranking=ONE_TO_FOUR)
    assert evaluate(churn, coarse, np.array([0.0, 0.0, 1.0, 1.0]))["roc_auc"] == 1


def test_lift_is_the_decile_over_everybody() -> None:
    actual = np.concatenate([np.zeros(18), np.ones(2)])
    rows = lift_by_decile(said([float(value) for value in range(20)]), actual, np.arange(20))
    assert rows[-1] == {"decile": 10, "customers": 2, "predicted": 18.5, "actual": 1.0, "lift": 10.0}
    assert sum(row["customers"] * row["actual"] for row in rows) == 2


def test_every_figure_of_a_probability_is_the_librarys_or_that_of_a_loop(churn: ModelSpec) -> None:
    random = np.random.default_rng(1)
    probability = np.round(random.random(200), 2)
    actual = (random.random(200) < probability).astype(float)
    bins = np.array_split(np.argsort(probability, kind="stable"), 10)
    expected = {
        "roc_auc": roc_auc_score(actual, probability),
        "pr_auc": average_precision_score(actual, probability),
        "brier": brier_score_loss(actual, probability),
        "ece": sum(len(one) / 200 * abs(probability[one].mean() - actual[one].mean()) for one in bins),
        "base_rate": actual.sum() / 200,
        "top_decile_lift": actual[bins[-1]].mean() / actual.mean(),
    }
    assert evaluate(churn, Prediction(probability, probability), actual) == pytest.approx(expected, abs=2e-6)


def test_every_figure_of_an_amount_is_the_librarys_or_that_of_a_loop(ltv: ModelSpec) -> None:
    random = np.random.default_rng(1)
    actual = random.gamma(0.5, 100, 200)
    predicted = actual * random.uniform(0.2, 2, 200)
    tenths = np.array_split(np.argsort(predicted, kind="stable"), 10)

    def gini_of(order: np.ndarray) -> float:
        """Twice the area between the even line and what the least so far bring."""
        brought = np.cumsum(actual[order]) / actual.sum()
        return sum((rank + 1) / 200 - share for rank, share in enumerate(brought)) / 200 * 2

    expected = {
        "mae": mean_absolute_error(actual, predicted),
        "rmse": root_mean_squared_error(actual, predicted),
        "spearman": np.corrcoef(rankdata(actual), rankdata(predicted))[0, 1],
        "normalised_gini": gini_of(np.argsort(predicted)) / gini_of(np.argsort(actual)),
        "top_decile_lift": actual[tenths[-1]].mean() / actual.mean(),
        "bias": predicted.sum() / actual.sum() - 1,
        "decile_error": sum(abs(predicted[one].sum() - actual[one].sum()) for one in tenths) / actual.sum(),
    }
    assert evaluate(ltv, Prediction(predicted, predicted), actual) == pytest.approx(expected, abs=2e-6)
