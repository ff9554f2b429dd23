"""Pareto/NBD: a customer orders at a rate of their own until they leave, at any moment, at another rate of their own.

Rates λ of ordering differ between customers as Gamma(r, alpha), rates μ of leaving as Gamma(s, beta).
Source: Schmittlein, Morrison and Colombo, Counting Your Customers, Management Science 33 (1987); in the notation of
Fader and Hardie, A Note on Deriving the Pareto/NBD Model (2005), whose hypergeometric functions are the integral over
the moment of leaving. Here that integral is taken as it stands, so nothing overflows however many the orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import exprel, gammaln, psi

from ml.models.buy_till_you_die.blocks import blocks
from ml.models.buy_till_you_die.fit import likeliest
from ml.models.buy_till_you_die.histories import Histories
from ml.models.buy_till_you_die.parameters import Parameters
from ml.models.buy_till_you_die.power_integral import relative_integral, stretch

_STARTS = ((0.5, 0.5, 1.0), (1.0, 1.0, 1.0), (3.0, 0.3, 0.3))
"""r, s, beta in mean ages; alpha follows from r and the mean rate."""


@dataclass(frozen=True)
class ParetoNbd(Parameters):
    """A fitted Pareto/NBD; alpha and beta are in the unit of time of the histories. See ``CountModel``."""

    r: float
    alpha: float
    s: float
    beta: float
    converged: bool = True

    @classmethod
    def fit(cls, histories: Histories, counts: np.ndarray | None = None) -> Self:
        """Maximum likelihood. Never raises on thin data; see ``converged``."""
        top, unit = likeliest(_MeanLikelihood, _STARTS, histories, counts)
        r, alpha, s, beta = map(float, top.parameters)
        return cls(r, alpha * unit, s, beta * unit, converged=top.converged)

    def log_likelihood(self, histories: Histories) -> np.ndarray:
        """Logarithm of each customer's likelihood."""
        r, alpha, s, beta = self.r, self.alpha, self.s, self.beta
        n, t_x = r + histories.repeat_orders, histories.btyd_recency
        alive, gone = self._alive_and_gone(histories)
        ordered = gammaln(n) - gammaln(r) + r * np.log(alpha) - n * np.log(alpha + t_x)
        return ordered - s * np.log1p(t_x / beta) + np.log(alive + gone)

    def p_alive(self, histories: Histories) -> np.ndarray:
        """Probability of not having left by as_of."""
        alive, gone = self._alive_and_gone(histories)
        return alive / (alive + gone)

    def p_active(self, histories: Histories, horizon: float | np.ndarray) -> np.ndarray:
        """Probability of at least one order within the horizon: 1 - L(x, t_x, T + horizon) / L(x, t_x, T).

        The difference of the two likelihoods is the chance of a next order at each moment, summed over the horizon.
        """
        n, age = self.r + histories.repeat_orders, histories.age
        moments = relative_integral(self.alpha, self.beta, n + 1, self.s, age, age + horizon)
        return self.p_alive(histories) * np.minimum(n / (self.alpha + age) * moments, 1)

    def expected_orders(self, histories: Histories, horizon: float | np.ndarray) -> np.ndarray:
        """Expected orders within the horizon; the published division by s - 1 is left out where s is near 1."""
        n, age = self.r + histories.repeat_orders, histories.age
        longer = np.log1p(horizon / (self.beta + age))
        while_alive = (self.beta + age) * longer * exprel((1 - self.s) * longer)
        expected = self.p_alive(histories) * n / (self.alpha + age) * while_alive
        return np.maximum(expected, self.p_active(histories, horizon))

    def _alive_and_gone(self, histories: Histories) -> tuple[np.ndarray, np.ndarray]:
        """Likelihoods of being alive at as_of and of having left since t_x, over that of being alive at t_x."""
        n, t_x, age = self.r + histories.repeat_orders, histories.btyd_recency, histories.age
        silence = age - t_x
        alive = np.exp(-n * np.log1p(silence / (self.alpha + t_x)) - self.s * np.log1p(silence / (self.beta + t_x)))
        moments = relative_integral(self.alpha, self.beta, n, self.s + 1, t_x, age)
        return alive, self.s / (self.beta + t_x) * moments


class _MeanLikelihood:
    """Mean log likelihood of a customer and its slope along r, alpha, s, beta."""

    def __init__(self, histories: Histories, shares: np.ndarray) -> None:
        self.x, self.t_x, self.age = histories.repeat_orders, histories.btyd_recency, histories.age
        self.shares = shares
        self.counts, at = np.unique(self.x, return_inverse=True)
        self.count_shares = np.bincount(at, weights=shares)

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        r, alpha, s, beta = parameters
        value = self.count_shares @ (gammaln(r + self.counts) - gammaln(r)) + r * np.log(alpha) + s * np.log(beta)
        slope = np.array(
            [
                self.count_shares @ (psi(r + self.counts) - psi(r)) + np.log(alpha),
                r / alpha,
                np.log(beta),
                s / beta,
            ]
        )
        for block in blocks(len(self.x)):
            block_value, block_slope = self._of(block, r, alpha, s, beta)
            value, slope = value + block_value, slope + block_slope
        return float(value), slope

    def _of(self, block: slice, r: float, alpha: float, s: float, beta: float) -> tuple[float, np.ndarray]:
        """What the rows of a block add: the mean, over the moment until which a customer was alive, of each slope."""
        n, shares, t_x, age = r + self.x[block], self.shares[block], self.t_x[block], self.age[block]
        moments = stretch(alpha, beta, n, s + 1, t_x, age)
        from_alpha, from_beta = alpha + t_x, beta + t_x
        alpha_log, beta_log = np.log1p((age - t_x) / from_alpha), np.log1p((age - t_x) / from_beta)
        alive = np.exp(-n * alpha_log - s * beta_log)
        gone = moments.values * (s / from_beta)[:, None]
        total = alive + gone.sum(axis=1)
        alive, gone = alive / total, gone / total[:, None]
        has_left = gone.sum(axis=1)
        alpha_time = alive * alpha_log + (gone * moments.alpha_logs).sum(axis=1)
        beta_time = alive * beta_log + (gone * moments.beta_logs).sum(axis=1)
        alpha_rate = (alive * np.exp(-alpha_log) + (gone * np.exp(-moments.alpha_logs)).sum(axis=1)) / from_alpha
        gone_rate = (gone * np.exp(-moments.beta_logs)).sum(axis=1)
        beta_rate = (s * alive * np.exp(-beta_log) + (s + 1) * gone_rate) / from_beta
        alpha_start, beta_start = np.log(from_alpha), np.log(from_beta)
        value = shares @ (np.log(total) - n * alpha_start - s * beta_start)
        slope = [
            -shares @ (alpha_start + alpha_time),
            -shares @ (n * alpha_rate),
            shares @ (has_left / s - beta_start - beta_time),
            -shares @ beta_rate,
        ]
        return float(value), np.array(slope)
