"""A few dozen points have the moments of the Beta distribution they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from ml.models.buy_till_you_die.beta_nodes import beta_nodes


@pytest.mark.parametrize("a", [1e-4, 0.05, 0.8, 1.0, 30.0, 1e4])
def test_mean_and_square_are_those_of_the_distribution(a: float) -> None:
    b = np.array([1e-4, 0.3, 2.0, 600.0, 1e4])
    chances, weights = beta_nodes(a, b)
    assert weights.sum(axis=1) == pytest.approx(1)
    assert (weights * chances).sum(axis=1) == pytest.approx(a / (a + b), rel=1e-6)
    assert (weights * chances**2).sum(axis=1) == pytest.approx(a * (a + 1) / (a + b) / (a + b + 1), rel=1e-6)
