"""Calibration: from what the trees say to what really happens, learned on a period later than theirs.

A calibration is a small mapping that goes into JSON as it is, so it can be read and its effect worked out by hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_EDGE = 1e-6
"""Probabilities are kept this far from 0 and 1 before their log-odds are taken."""


def fit_calibration(kind: str, predicted: np.ndarray, actual: np.ndarray) -> dict[str, Any]:
    """Learn a calibration of ``kind``.

    sigmoid: log-odds are stretched and shifted (Platt, 1999). isotonic: the best non-decreasing step function, joined
    by lines. scalar: one factor, total actual over total predicted. none: left as it is.
    """
    if kind == "sigmoid":
        from sklearn.linear_model import LogisticRegression

        line = LogisticRegression(C=1e6, max_iter=1000).fit(log_odds(predicted).reshape(-1, 1), actual)
        return {"kind": kind, "slope": float(line.coef_[0, 0]), "intercept": float(line.intercept_[0])}
    if kind == "isotonic":
        from sklearn.isotonic import IsotonicRegression

        steps = IsotonicRegression(out_of_bounds="clip").fit(predicted, actual)
        return {"kind": kind, "at": steps.X_thresholds_.tolist(), "becomes": steps.y_thresholds_.tolist()}
    if kind == "scalar":
        total = float(predicted.sum())
        return {"kind": kind, "factor": float(actual.sum()) / total if total > 0 else 1.0}
    return {"kind": "none"}


def calibrated(calibration: dict[str, Any], predicted: np.ndarray) -> np.ndarray:
    """``predicted`` after ``calibration``. The order of customers stays, but for ties that isotonic makes."""
    if calibration["kind"] == "sigmoid":
        return probability(calibration["slope"] * log_odds(predicted) + calibration["intercept"])
    if calibration["kind"] == "isotonic":
        return np.interp(predicted, calibration["at"], calibration["becomes"])
    if calibration["kind"] == "scalar":
        return calibration["factor"] * predicted
    return predicted


def log_odds(probability: np.ndarray, edge: float = _EDGE) -> np.ndarray:
    """Log odds of probabilities kept ``edge`` away from 0 and 1, so that they are finite."""
    inside = np.clip(probability, edge, 1 - edge)
    return np.log(inside / (1 - inside))


def with_mean(odds: np.ndarray, mean: float) -> np.ndarray:
    """Probabilities whose log odds are ``odds``, all shifted by one number, so that their mean is ``mean``.

    A mean of 0 or 1, which no shift reaches, is taken for one in a million.
    """
    from scipy.optimize import brentq

    def miss(shift: float) -> float:
        return float(probability(odds + shift).mean()) - mean

    mean = float(np.clip(mean, _EDGE, 1 - _EDGE))
    wanted = float(log_odds(np.array(mean)))
    return probability(odds + brentq(miss, wanted - odds.max() - 1, wanted - odds.min() + 1, xtol=1e-12))


def probability(odds: np.ndarray) -> np.ndarray:
    """The probability of log odds."""
    return 1 / (1 + np.exp(-odds))
