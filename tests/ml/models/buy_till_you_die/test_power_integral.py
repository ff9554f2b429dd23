"""The integral the Pareto/NBD is made of, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.models.buy_till_you_die.power_integral import relative_integral

exponents = st.floats(-2, 3)


@settings(max_examples=100)
@given(exponents, st.floats(-2, 3), st.floats(-2, 2.5), st.floats(0, 3000), st.floats(-2, 3.7))
def test_where_alpha_is_beta_it_is_a_plain_power(
    log_alpha: float, log_p: float, log_q: float, start: float, log_length: float
) -> None:
    alpha, p, q, length = (10**log for log in (log_alpha, log_p, log_q, log_length))
    found = relative_integral(alpha, alpha, np.array([p]), q, np.array([start]), np.array([start + length]))[0]
    power, longer = p + q - 1, np.log1p(length / (alpha + start))
    exact = (alpha + start) * (longer if power == 0 else -np.expm1(-power * longer) / power)
    assert found == pytest.approx(exact, rel=1e-8)


@settings(max_examples=100)
@given(exponents, exponents, st.floats(-1, 3), st.floats(-1, 2), st.floats(0, 300), st.floats(0.01, 0.99))
def test_two_parts_of_a_stretch_are_the_whole(
    log_alpha: float, log_beta: float, log_p: float, log_q: float, start: float, share: float
) -> None:
    alpha, beta, p, q = (10**log for log in (log_alpha, log_beta, log_p, log_q))
    end, middle = start + 700.0, start + 700.0 * share**3
    first, whole = relative_integral(alpha, beta, np.array([p, p]), q, np.array([start] * 2), np.array([middle, end]))
    fallen = ((alpha + start) / (alpha + middle)) ** p * ((beta + start) / (beta + middle)) ** q
    second = relative_integral(alpha, beta, np.array([p]), q, np.array([middle]), np.array([end]))[0]
    assert first + fallen * second == pytest.approx(whole, rel=1e-6)
