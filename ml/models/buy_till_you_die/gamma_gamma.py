"""Gamma-Gamma: what a customer's orders are worth on average, beyond the few that have been seen.

The values of a customer's orders are Gamma(p, ν), the ν of customers Gamma(q, gamma), and neither has to do with how
often they order. Source: Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import gammaln, psi

from ml.models.buy_till_you_die.likelihood import highest
from ml.models.buy_till_you_die.parameters import Parameters

_STARTS = ((2.0, 3.0, 1.0), (6.0, 4.0, 0.5), (0.7, 8.0, 10.0))
"""p, q, gamma in mean values of an order."""


@dataclass(frozen=True)
class GammaGamma(Parameters):
    """A fitted Gamma-Gamma; gamma is in the unit of money of the values it was fitted on.

    observed_mean is the mean value of the orders it was fitted on: what is said of somebody without an order where the
    population has no finite mean (q not above 1).
    """

    p: float
    q: float
    gamma: float
    observed_mean: float
    converged: bool = True

    @classmethod
    def fit(cls, orders: np.ndarray, mean_value: np.ndarray) -> Self:
        """Maximum likelihood over customers with at least one order of positive mean value; others are left out.

        ``orders`` and ``mean_value`` have one value a customer and speak of the same orders: either all of them, or
        the repeat orders only, as the published figures do, where first orders are unlike later ones. Never raises on
        thin data; with nobody to learn from, an order is worth 1.
        """
        counts, values = np.asarray(orders, dtype=np.float64), np.asarray(mean_value, dtype=np.float64)
        is_known = (counts > 0) & np.isfinite(values) & (values > 0)
        counts, values = counts[is_known], values[is_known]
        if not len(counts):
            return cls(1.0, 2.0, 1.0, 1.0, converged=False)
        unit = float(counts @ values / counts.sum())
        top = highest(_MeanLikelihood(counts, values / unit), _STARTS)
        p, q, gamma = map(float, top.parameters)
        return cls(p, q, gamma * unit, unit, converged=top.converged)

    @property
    def population_mean(self) -> float:
        """Expected value of an order of somebody nothing is known of."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else self.observed_mean

    def log_likelihood(self, orders: np.ndarray, mean_value: np.ndarray) -> np.ndarray:
        """Logarithm of each customer's likelihood (equation 1a); for customers with an order of positive value."""
        px, total = self.p * orders, orders * mean_value
        shape = gammaln(px + self.q) - gammaln(px) - gammaln(self.q)
        scale = self.q * np.log(self.gamma) - (px + self.q) * np.log(self.gamma + total)
        return shape + scale + px * np.log(total) - np.log(mean_value)

    def expected_value(self, orders: np.ndarray, mean_value: np.ndarray) -> np.ndarray:
        """Expected value of an order of each customer (equation 5), never negative.

        A mean of the customer's own and the population's, the more the customer's the more orders there are. Without
        an order, without a known mean value, or where neither has a finite mean: ``population_mean``.
        """
        counts, values = np.asarray(orders, dtype=np.float64), np.asarray(mean_value, dtype=np.float64)
        px = self.p * counts
        is_known = (counts > 0) & np.isfinite(values) & (px + self.q > 1)
        total = np.where(is_known, counts * np.maximum(values, 0), 0)
        divisor = np.where(is_known, px + self.q - 1, 1)
        return np.where(is_known, self.p * (self.gamma + total) / divisor, self.population_mean)


class _MeanLikelihood:
    """Mean log likelihood of a customer and its slope along p, q, gamma."""

    def __init__(self, orders: np.ndarray, mean_value: np.ndarray) -> None:
        self.orders, self.total, self.mean_log = orders, orders * mean_value, float(np.log(mean_value).mean())
        self.total_log = np.log(self.total)
        self.counts, at = np.unique(orders, return_inverse=True)
        self.count_shares = np.bincount(at) / len(orders)

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        p, q, gamma = parameters
        k, px, together = self.counts, p * self.orders, np.log(gamma + self.total)
        value = self.count_shares @ (gammaln(p * k + q) - gammaln(p * k)) - gammaln(q) + q * np.log(gamma)
        value += (px * self.total_log - (px + q) * together).mean() - self.mean_log
        slope = [
            self.count_shares @ (k * (psi(p * k + q) - psi(p * k)))
            + (self.orders * (self.total_log - together)).mean(),
            self.count_shares @ psi(p * k + q) - psi(q) + np.log(gamma) - together.mean(),
            q / gamma - ((px + q) / (gamma + self.total)).mean(),
        ]
        return float(value), np.array(slope)
