"""The fit of a model of order counts: over distinct histories, with time in mean ages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ml.models.buy_till_you_die.histories import Histories, group
from ml.models.buy_till_you_die.likelihood import Likelihood, Top, highest

_ROUGH_ROWS = 4_000
"""Of more distinct histories than twice this, every n-th is climbed from all starts, and all of them from the best."""

_LOWEST_RATE = 1e-3
"""Repeat orders a mean age, where a start needs a rate and hardly anybody came back."""


def likeliest(
    mean_likelihood: Callable[[Histories, np.ndarray], Likelihood],
    starts: Sequence[tuple[float, ...]],
    histories: Histories,
    counts: np.ndarray | None,
) -> tuple[Top, float]:
    """The likeliest parameters with time in units of the mean age, and that unit.

    ``mean_likelihood`` makes the likelihood of histories and their shares. A start is r and what follows alpha; alpha
    is r over the mean rate. Where nobody has an age there is nothing to learn: every parameter is 1.
    """
    distinct, weights = group(histories, counts)
    total = float(weights.sum())
    unit = float(weights @ distinct.age) / total if total else 0.0
    if unit <= 0:
        return Top(np.ones(len(starts[0]) + 1), converged=False), 1.0
    scaled = distinct.in_unit(unit)
    rate = max(float(weights @ distinct.repeat_orders) / total, _LOWEST_RATE)
    starts = [(r, r / rate, *rest) for r, *rest in starts]
    every = slice(None, None, max(1, len(scaled) // _ROUGH_ROWS))
    rough = None
    if every.step > 1 and weights[every].sum() > 0:
        rough = mean_likelihood(scaled.rows(every), weights[every] / weights[every].sum())
    return highest(mean_likelihood(scaled, weights / total), starts, rough), unit
