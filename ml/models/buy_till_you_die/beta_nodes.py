"""A Beta distribution as a few dozen points with weights, for the mean of a smooth function of p."""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, betaincinv, expit, log_expit, logit

_ROOTS, _ROOT_WEIGHTS = np.polynomial.legendre.leggauss(96)
_NODES = (_ROOTS + 1) / 2

_BEYOND = 1e-14
"""Probability that is left out on each side."""

_FARTHEST = 30.0
"""Log-odds beyond which p is 0 or 1 to a function that does not jump there."""


def beta_nodes(a: float, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points p and weights of Beta(a, b): one line for each b, weights adding up to 1.

    Gauss-Legendre over the log-odds of p, where the density is smooth however small or large a and b are. What lies
    beyond the farthest log-odds (a or b far below 1) is put on the end points.
    """
    with np.errstate(divide="ignore"):
        lowest = np.maximum(logit(betaincinv(a, b, _BEYOND)), -_FARTHEST)
        highest = np.minimum(-logit(betaincinv(b, a, _BEYOND)), _FARTHEST)
    log_odds = lowest[:, None] + (highest - lowest)[:, None] * _NODES
    log_density = a * log_expit(log_odds) + b[:, None] * log_expit(-log_odds)
    inside = _ROOT_WEIGHTS * np.exp(log_density - log_density.max(axis=1, keepdims=True))
    below, above = betainc(a, b, expit(lowest)), betainc(b, a, expit(-highest))
    inside *= ((1 - below - above) / inside.sum(axis=1))[:, None]
    ends = np.stack([expit(lowest), expit(highest)], axis=1)
    return np.hstack([expit(log_odds), ends]), np.hstack([inside, below[:, None], above[:, None]])
