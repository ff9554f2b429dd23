"""The search for the likeliest parameters, the same for all three models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

Likelihood = Callable[[np.ndarray], tuple[float, np.ndarray]]
"""From parameters to the mean log likelihood of a customer, and its slope along each parameter."""

_LOWEST, _HIGHEST = np.log(1e-4), np.log(1e4)
"""Bounds of a parameter's logarithm, once time or money is in its own mean. Beyond them nothing changes what is
predicted; thin data would send the search there for ever."""

_MARGIN = np.log(2)
"""A search that ends this near a bound was on its way there: it is so flat that the last steps were not worth it."""

_FLAT = 1e-5
"""A mean log likelihood steeper than this, along the logarithm of a parameter, is no top."""


@dataclass(frozen=True)
class Top:
    """Where a search ended; ``converged`` says whether at a flat place inside the bounds."""

    parameters: np.ndarray
    converged: bool


def highest(likelihood: Likelihood, starts: Sequence[Sequence[float]], rough: Likelihood | None = None) -> Top:
    """Climb from every start, and from the best place on.

    ``rough`` is the likelihood of fewer customers: cheaper, and good enough to choose the hill to climb.
    """
    ends = [_climb(rough or likelihood, np.log(start)) for start in starts]
    best = min(ends, key=lambda end: end[0])[1]
    if rough is not None:
        best = _climb(likelihood, best)[1]
    slope = likelihood(np.exp(best))[1] * np.exp(best)
    is_inside = np.all((best > _LOWEST + _MARGIN) & (best < _HIGHEST - _MARGIN))
    return Top(np.exp(best), bool(is_inside and np.abs(slope).max() < _FLAT))


def _climb(likelihood: Likelihood, start: np.ndarray) -> tuple[float, np.ndarray]:
    def downhill(logs: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = likelihood(np.exp(logs))
        return -value, -slope * np.exp(logs)

    end = minimize(
        downhill,
        np.clip(start, _LOWEST, _HIGHEST),
        jac=True,
        method="L-BFGS-B",
        bounds=[(_LOWEST, _HIGHEST)] * len(start),
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7},
    )
    return float(end.fun), end.x
