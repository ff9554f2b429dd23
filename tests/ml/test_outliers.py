"""Far-off values are treated as `conf/outliers` says, by what was learned from training rows alone; order is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ml.datasets.outliers import Fitted, Treated, Treatment, applied, fit, load_treatments, log_of, undone
from ml.datasets.schema import Feature
from regulars import config
from regulars.errors import UsageError

ONE = (Feature("a", "double"),)
KINDS = [Treatment("cap", (0.1, 0.9)), Treatment("log"), Treatment("box_cox")]
VALUES = arrays("float64", st.integers(5, 40), elements=st.floats(-1e4, 1e6).map(lambda value: round(value, 2)))


def learned(treatment: Treatment, values: np.ndarray) -> Fitted:
    return fit(ONE, values.reshape(-1, 1), {"a": treatment})[0]


def test_a_cap_is_the_quantiles_of_what_was_learned_from() -> None:
    found = learned(Treatment("cap", (0.1, 0.9)), np.append(np.arange(101.0), np.nan))
    assert (found.low, found.high) == (10, 90)
    assert found.apply(np.array([-5.0, 10, 50, 90, 1e9])).tolist() == [10, 10, 50, 90, 90]
    assert found.told() == "capped to 10 to 90"


def test_a_logarithm_keeps_the_sign() -> None:
    found = learned(Treatment("log"), np.array([1.0]))
    assert found.apply(np.array([0.0, np.e - 1, 1 - np.e])).round(12).tolist() == [0, 1, -1]


def test_box_cox_finds_the_power_that_makes_values_normal() -> None:
    normal = np.random.default_rng(3).normal(0, 1, 4000)
    powers = [
        learned(Treatment("box_cox"), values).power for values in (np.exp(normal), (10 + normal) ** 2, 10 + normal)
    ]
    assert powers == pytest.approx([0, 0.5, 1], abs=0.15)
    assert Fitted("box_cox", 1, 100, 0.5).apply(np.array([4.0])).tolist() == [2.0]
    assert Fitted("box_cox", 1, 100, 0.0).apply(np.array([np.e])).tolist() == [1.0]


@pytest.mark.parametrize("treatment", KINDS)
@settings(deadline=None, derandomize=True, max_examples=25)
@given(values=VALUES, others=VALUES)
def test_order_is_kept_and_a_cap_of_a_cap_is_the_cap(
    treatment: Treatment, values: np.ndarray, others: np.ndarray
) -> None:
    found = learned(treatment, values)
    treated = found.apply(np.sort(others))
    assert not np.isnan(treated).any()
    assert (np.diff(treated) >= -1e-9 * np.abs(treated[1:])).all()
    if treatment.kind == "cap":
        assert np.array_equal(found.apply(treated), treated)
    else:
        assert np.allclose(found.undo(found.apply(values)), values, rtol=1e-3, atol=0.5)


def test_rows_that_are_not_learned_from_do_not_move_it_and_null_stays_null() -> None:
    train = np.array([[1.0, 5], [2, np.nan], [3, 7], [4, 8]])
    features = (*ONE, Feature("b", "double"))
    fitted = fit(features, train, {"a": Treatment("cap", (0, 0.99))})
    later = np.array([[1e9, np.nan], [np.nan, 6]])
    assert np.array_equal(applied(later, fitted), [[3, np.nan], [np.nan, 6]], equal_nan=True)
    assert np.array_equal(undone(train, fitted), train, equal_nan=True)
    assert log_of(features, later, fitted) == [Treated("a", "capped to 1 to 3", 1)]
    assert fit(features, np.full((2, 2), np.nan), {"a": Treatment("log")}) == {}


@pytest.mark.parametrize("treatment", KINDS)
def test_values_that_are_all_alike_stay_finite(treatment: Treatment) -> None:
    found = learned(treatment, np.full(5, 7.0))
    assert np.isfinite(found.apply(np.array([7.0, 8.0, -3.0]))).all()
    assert found.undo(found.apply(np.array([7.0]))).tolist() == pytest.approx([7.0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("net_revenu: {treatment: log}", "no feature 'net_revenu' of numbers. Did you mean 'net_revenue'"),
        ("tier: {treatment: log}", "no feature 'tier' of numbers"),
        ("net_revenue: {treatment: cap}", "'quantiles' is a required property"),
        ("net_revenue: {treatment: log, quantiles: [0, 1]}", "features.yml:1"),
        ("net_revenue: {treatment: cap, quantiles: [0.9, 0.1]}", "must rise, and are 0.9 and 0.1"),
        ("net_revenue: {treatment: logg}", "Did you mean 'log'"),
    ],
)
def test_a_wrong_treatment_is_told_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    (tmp_path / "outliers").mkdir()
    (tmp_path / "outliers" / "schema.json").write_text(
        (config.PROJECT / "conf" / "outliers" / "schema.json").read_text()
    )
    (tmp_path / "outliers" / "features.yml").write_text(text)
    monkeypatch.setattr(config, "CONF", tmp_path)
    with pytest.raises(UsageError) as refused:
        load_treatments((Feature("net_revenue", "double"), Feature("tier", "varchar", ("basic",))))
    assert told in str(refused.value)
