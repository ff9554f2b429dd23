"""How sure a figure is: the bootstrap over customers, or over visits with all their moments (Efron, 1979)."""

from __future__ import annotations

import numpy as np

from ml.evaluation.metrics import SCALE, figure
from ml.models.ensemble import Prediction
from ml.models.spec import ModelSpec

RESAMPLES = 200
SEED = 1
LEVEL = 0.95


def resampled(
    spec: ModelSpec, said: dict[str, Prediction], actual: np.ndarray, whose: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """The figure ``spec`` is promoted by, of each scorer, over customers or visits drawn with replacement.

    ``whose`` says of each row which of them it is of: rows of one are alike, so they are drawn together. Without it
    each row is a customer. All scorers meet the same draws, so differences of their figures are paired. A draw in which
    everybody has the same label says nothing and is left out, so there may be fewer than RESAMPLES figures, in the
    worst case none.
    """
    random = np.random.default_rng(SEED)
    whose = np.arange(len(actual)) if whose is None else whose
    by_owner = np.argsort(whose, kind="stable")
    _, first, rows = np.unique(whose[by_owner], return_index=True, return_counts=True)
    owners = (random.integers(0, len(first), len(first)) for _ in range(RESAMPLES))
    draws = (by_owner[_rows_of(first[drawn], rows[drawn])] for drawn in owners)
    telling = [draw for draw in draws if actual[draw].min() < actual[draw].max()]
    return {
        name: np.array(
            [figure(spec, spec.promotion_metric, _drawn(prediction, draw), actual[draw]) for draw in telling]
        )
        for name, prediction in said.items()
    }


def interval(figures: np.ndarray) -> dict[str, float | None]:
    """``low`` and ``high`` of the middle 95 %, rounded; null without figures."""
    if not len(figures):
        return {"low": None, "high": None}
    edge = (1 - LEVEL) / 2
    low, high = np.quantile(figures, [edge, 1 - edge])
    return {"low": round(float(low), SCALE), "high": round(float(high), SCALE)}


def _rows_of(first: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The places from ``first`` on, ``count`` of each."""
    return np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)


def _drawn(prediction: Prediction, draw: np.ndarray) -> Prediction:
    return Prediction(prediction.value[draw], prediction.ranking[draw])
