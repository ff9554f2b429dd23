"""Gamma-Gamma finds its parameters, and what it expects lies between the customer's mean and everybody's."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.models.buy_till_you_die.gamma_gamma import GammaGamma

TRUE = GammaGamma(p=5.0, q=4.0, gamma=20.0, observed_mean=33.0)
positive = st.floats(-1, 2).map(lambda log: 10**log)


def _simulated(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Orders, their mean value, and the mean the customer really has."""
    random = np.random.default_rng(seed)
    orders = 1.0 + random.poisson(2, count)
    rate = random.gamma(TRUE.q, 1 / TRUE.gamma, count)
    return orders, random.gamma(TRUE.p * orders, 1 / rate) / orders, TRUE.p / rate


def test_the_parameters_of_a_story_are_found_again() -> None:
    orders, values, _ = _simulated(60_000, seed=1)
    found = GammaGamma.fit(orders, values)
    assert found.converged
    assert (found.p, found.q, found.gamma) == pytest.approx((TRUE.p, TRUE.q, TRUE.gamma), rel=0.05)
    assert found.log_likelihood(orders, values).sum() >= TRUE.log_likelihood(orders, values).sum()


def test_the_expected_value_is_the_mean_of_customers_who_look_alike() -> None:
    orders, values, true_means = _simulated(300_000, seed=2)
    foretold = TRUE.expected_value(orders, values)
    for count in (1, 2, 5):
        for low, high in ((0, 20), (20, 35), (35, 200)):
            part = (orders == count) & (values >= low) & (values < high)
            error = np.std(true_means[part] - foretold[part]) / np.sqrt(part.sum())
            assert abs(np.mean(true_means[part] - foretold[part])) < 4 * error


@settings(max_examples=60)
@given(positive, positive, positive, st.integers(1, 500), st.floats(0, 1000))
def test_what_is_expected_lies_between_own_mean_and_everybodys(
    p: float, q: float, gamma: float, orders: int, value: float
) -> None:
    model = GammaGamma(p, 1 + q, gamma, 1.0)
    expected = model.expected_value(np.array([orders]), np.array([value]))[0]
    low, high = sorted((value, model.population_mean))
    assert low * (1 - 1e-9) <= expected <= high * (1 + 1e-9)


def test_without_orders_or_a_finite_mean_the_population_speaks() -> None:
    nobody_known = TRUE.expected_value(np.array([0, 0]), np.array([np.nan, 0.0]))
    assert nobody_known == pytest.approx([TRUE.p * TRUE.gamma / (TRUE.q - 1)] * 2)
    heavy = GammaGamma(p=0.2, q=0.5, gamma=3.0, observed_mean=17.0)
    assert heavy.expected_value(np.array([0, 1, 2]), np.array([0.0, 9.0, 9.0])) == pytest.approx([17, 17, 17])
    assert heavy.expected_value(np.array([20]), np.array([9.0]))[0] == pytest.approx(0.2 * 183 / 3.5)


def test_money_paid_back_makes_nobody_worth_less_than_nothing() -> None:
    assert np.all(TRUE.expected_value(np.array([1, 50]), np.array([-500.0, -500.0])) >= 0)
    orders, values = np.array([1.0, 2, 3, 1, 2, 0]), np.array([9.0, 4, 22, -5, np.nan, 0])
    assert GammaGamma.fit(orders, values) == GammaGamma.fit(orders[:3], values[:3])


@pytest.mark.parametrize("values", [[], [5.0], [5.0, 5.0, 5.0]])
def test_thin_data_give_a_model_that_says_so(values: list[float]) -> None:
    found = GammaGamma.fit(np.full(len(values), 2.0), np.array(values))
    assert not found.converged
    assert np.all(np.isfinite(found.expected_value(np.array([0, 3]), np.array([0.0, 8.0]))))


def test_cents_and_dollars_give_the_same_model_and_json_keeps_it() -> None:
    orders, values, _ = _simulated(3_000, seed=3)
    dollars, cents = GammaGamma.fit(orders, values), GammaGamma.fit(orders, values * 100)
    assert cents.expected_value(orders, values * 100) / 100 == pytest.approx(
        dollars.expected_value(orders, values), rel=1e-4
    )
    assert GammaGamma.from_mapping(json.loads(json.dumps(dollars.to_mapping()))) == dollars
