"""BG/NBD: a customer orders at a rate of their own, and after every order may leave for good.

Rates λ differ between customers as Gamma(r, alpha), the chance p of leaving after an order as Beta(a, b).
Source: Fader, Hardie and Lee, "Counting Your Customers" the Easy Way, Marketing Science 24 (2005), equations 6 to 10.
Whoever has no repeat order has had no occasion to leave, so is alive for certain; that is the model, not an accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import betaln, expit, gammaln, psi

from ml.models.buy_till_you_die.beta_nodes import beta_nodes
from ml.models.buy_till_you_die.blocks import blocks
from ml.models.buy_till_you_die.fit import likeliest
from ml.models.buy_till_you_die.histories import Histories
from ml.models.buy_till_you_die.parameters import Parameters

_STARTS = ((0.5, 0.8, 2.5), (1.0, 1.0, 1.0), (3.0, 0.3, 6.0))
"""r, a, b; alpha follows from r and the mean rate."""


@dataclass(frozen=True)
class BgNbd(Parameters):
    """A fitted BG/NBD; alpha is in the unit of time of the histories. See ``CountModel`` for what it answers."""

    r: float
    alpha: float
    a: float
    b: float
    converged: bool = True

    @classmethod
    def fit(cls, histories: Histories, counts: np.ndarray | None = None) -> Self:
        """Maximum likelihood. Never raises on thin data; see ``converged``."""
        top, unit = likeliest(_MeanLikelihood, _STARTS, histories, counts)
        r, alpha, a, b = map(float, top.parameters)
        return cls(r, alpha * unit, a, b, converged=top.converged)

    def log_likelihood(self, histories: Histories) -> np.ndarray:
        """Logarithm of each customer's likelihood (equation 6)."""
        x, age = histories.repeat_orders, histories.age
        n = self.r + x
        ordered = gammaln(n) - gammaln(self.r) + self.r * np.log(self.alpha)
        stayed = betaln(self.a, self.b + x) - betaln(self.a, self.b)
        return ordered + stayed - n * np.log(self.alpha + age) + np.logaddexp(0, self._log_odds_gone(histories))

    def p_alive(self, histories: Histories) -> np.ndarray:
        """Probability of not having left by as_of; 1 for whoever has no repeat order."""
        return expit(-self._log_odds_gone(histories))

    def p_active(self, histories: Histories, horizon: float | np.ndarray) -> np.ndarray:
        """Probability of at least one order within the horizon: 1 - L(x, t_x, T + horizon) / L(x, t_x, T)."""
        longer = np.log1p(horizon / (self.alpha + histories.age))
        return self.p_alive(histories) * -np.expm1(-(self.r + histories.repeat_orders) * longer)

    def expected_orders(self, histories: Histories, horizon: float | np.ndarray) -> np.ndarray:
        """Expected orders within the horizon.

        Equation 10 has a hypergeometric function that overflows for customers with hundreds of orders, and divides by
        a - 1. It is the mean of (1 - (1 + p z)^-(r + x)) / p, z = horizon / (alpha + T), over what is known of the
        chance p of leaving, Beta(a, b + x); that mean is taken here as it stands.
        """
        x = histories.repeat_orders
        z = np.broadcast_to(horizon / (self.alpha + histories.age), x.shape)
        counts, at = np.unique(x, return_inverse=True)
        chances, weights = beta_nodes(self.a, self.b + counts)
        if_alive = np.empty(len(x))
        for block in blocks(len(x)):
            p = chances[at[block]]
            orders = -np.expm1(-(self.r + x[block])[:, None] * np.log1p(p * z[block, None])) / p
            if_alive[block] = (orders * weights[at[block]]).sum(axis=1)
        return np.maximum(self.p_alive(histories) * if_alive, self.p_active(histories, horizon))

    def _log_odds_gone(self, histories: Histories) -> np.ndarray:
        """Log-odds that the last order was the last for good; -inf without a repeat order."""
        x, t_x, age = histories.repeat_orders, histories.btyd_recency, histories.age
        repeats = np.maximum(x, 1)
        silence = np.log1p((age - t_x) / (self.alpha + t_x))
        return np.where(x > 0, np.log(self.a) - np.log(self.b + repeats - 1) + (self.r + x) * silence, -np.inf)


class _MeanLikelihood:
    """Mean log likelihood of a customer and its slope along r, alpha, a, b."""

    def __init__(self, histories: Histories, shares: np.ndarray) -> None:
        self.x, self.t_x, self.age = histories.repeat_orders, histories.btyd_recency, histories.age
        self.shares, self.has_repeat = shares, histories.repeat_orders > 0
        self.counts, at = np.unique(self.x, return_inverse=True)
        self.count_shares = np.bincount(at, weights=shares)

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        r, alpha, a, b = parameters
        n, shares, k = r + self.x, self.shares, self.counts
        until, until_last = np.log(alpha + self.age), np.log(alpha + self.t_x)
        b_then = b + np.maximum(self.x, 1) - 1
        odds = np.where(self.has_repeat, np.log(a / b_then) + n * (until - until_last), -np.inf)
        gone = expit(odds)
        value = self.count_shares @ (gammaln(r + k) - gammaln(r) + betaln(a, b + k) - betaln(a, b))
        value += r * np.log(alpha) + shares @ (np.logaddexp(0, odds) - n * until)
        mean_time = until + gone * (until_last - until)
        mean_rate = (1 - gone) / (alpha + self.age) + gone / (alpha + self.t_x)
        both = psi(a + b) - psi(a + b + k)
        slope = np.array(
            [
                self.count_shares @ (psi(r + k) - psi(r)) + np.log(alpha) - shares @ mean_time,
                r / alpha - shares @ (n * mean_rate),
                self.count_shares @ both + shares @ gone / a,
                self.count_shares @ (both + psi(b + k) - psi(b)) - shares @ (gone / b_then),
            ]
        )
        return float(value), slope
