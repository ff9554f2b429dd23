"""How far off a forecast of spend may be: the middle 80 % for each customer, and for all of them together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.forecast.expectation import Expectation

LOW, HIGH = 0.1, 0.9
_CUSTOMERS_A_BIN = 60
_DRAWS = 400
_SEED = 1
_NORMAL_HIGH = 1.2815515655446004
"""The 90 % point of the normal law."""


@dataclass(frozen=True)
class Spread:
    """How far what happened lay around a past forecast: ``low`` and ``high`` at forecasts ``at``, whose mean was
    ``mean``.
    """

    at: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    mean: float

    def of(self, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Low and high of ``predicted``, brought to the scale of the past forecast and back. Never below zero."""
        scale = predicted.mean() / max(self.mean, 1e-9)
        low, high = (_along(predicted / scale, np.array(self.at), np.array(bound)) for bound in (self.low, self.high))
        return low * scale, np.maximum(high, low) * scale


def learn_spread(said: np.ndarray, happened: np.ndarray) -> Spread:
    """From a past forecast ``said`` and what ``happened``.

    Customers of like forecasts are put together; the quantiles of what they did are joined by lines over their mean
    forecasts, as in conformal prediction by bins (Papadopoulos et al., 2002).
    """
    bins = max(1, min(25, len(said) // _CUSTOMERS_A_BIN))
    parts = np.array_split(np.argsort(said, kind="stable"), bins)
    low, high = ([max(float(np.quantile(happened[part], edge)), 0) for part in parts] for edge in (LOW, HIGH))
    return Spread(tuple(float(said[part].mean()) for part in parts), tuple(low), tuple(high), float(said.mean()))


def _along(predicted: np.ndarray, at: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Between the bins by lines, beyond the last in proportion."""
    inside = np.interp(predicted, at, bound)
    return np.where(predicted > at[-1], predicted * bound[-1] / max(at[-1], 1e-9), inside)


def drawn_interval(expectation: Expectation, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Low and high of ``predicted`` where no past forecast can be looked at: drawn from the expectation.

    Nobody orders with the probability it says; else one order and a Poisson number more, each worth what an order of
    that customer is worth, give or take as an exponential law does.
    """
    random = np.random.default_rng(_SEED)
    active = np.clip(expectation.p_active, 1e-9, 1)
    more = np.maximum(expectation.orders / active - 1, 0)
    scale = predicted / np.maximum(expectation.orders * expectation.order_value, 1e-9)
    low, high = np.empty(len(predicted)), np.empty(len(predicted))
    for start in range(0, len(predicted), 10_000):
        part = slice(start, start + 10_000)
        shape = (_DRAWS, len(active[part]))
        orders = (random.random(shape) < active[part]) * (1 + random.poisson(more[part], shape))
        spend = random.standard_gamma(np.maximum(orders, 1e-9)) * (orders > 0) * expectation.order_value[part]
        low[part], high[part] = np.quantile(spend, [LOW, HIGH], axis=0) * scale[part]
    return low, high


def total_interval(predicted: np.ndarray, high: np.ndarray, level_error: float) -> tuple[float, float]:
    """The middle 80 % of the total: by how far off levels were, and by the customers' own chance."""
    total = float(predicted.sum())
    own = float(np.sqrt((((high - predicted) / _NORMAL_HIGH) ** 2).sum())) / max(total, 1e-9)
    error = float(np.hypot(level_error, own)) * _NORMAL_HIGH
    return total * float(np.exp(-error)), total * float(np.exp(error))
