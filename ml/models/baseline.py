"""The simple rules a model has to beat, and what is served while none does."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml.datasets.frame import Frame, Rows
from ml.models.ensemble import Prediction
from ml.models.spec import ModelSpec

_BINS = 40


def fit_baseline(spec: ModelSpec, frame: Frame) -> dict[str, Any]:
    """The rule of ``spec`` with what it learns from ``frame``, ready for JSON.

    recency_rule: the share that left, by bins of equal size of days since the last order, made non-decreasing.
    last_period_revenue: nothing to learn, the next period is as the last one.
    rising_share: the share of which it came true, by values of one column, made non-decreasing.
    """
    if spec.baseline.rule == "last_period_revenue":
        return {"version": spec.baseline.rule}
    from sklearn.isotonic import IsotonicRegression

    if spec.baseline.rule == "rising_share":
        column = frame.rows.rule_inputs[spec.baseline.columns[0]]
        steps = IsotonicRegression(out_of_bounds="clip").fit(column, frame.label)
        at, share = np.round(steps.X_thresholds_, 6).tolist(), np.round(steps.y_thresholds_, 6).tolist()
        return {"version": "rising_share_calibrated", "at": at, "share": share}
    days = frame.rows.rule_inputs[spec.baseline.columns[0]]
    order = np.lexsort((frame.rows.customer_id, days))
    parts = [part for part in np.array_split(order, _BINS) if len(part)]
    middle = np.array([np.mean(days[part]) for part in parts])
    left = np.array([(frame.label[part].sum() + 1) / (len(part) + 2) for part in parts])
    steps = IsotonicRegression(out_of_bounds="clip").fit(middle, left, sample_weight=[len(part) for part in parts])
    return {
        "version": "recency_rule_calibrated",
        "days": np.round(steps.X_thresholds_, 6).tolist(),
        "share_left": np.round(steps.y_thresholds_, 6).tolist(),
    }


def untrained_baseline(spec: ModelSpec) -> dict[str, Any]:
    """The rule of ``spec`` before anything could be learned: on the first night there are no labels."""
    return {"version": spec.baseline.rule}


def predict_baseline(spec: ModelSpec, baseline: dict[str, Any], rows: Rows) -> Prediction:
    """What the rule says of each customer: a probability of no order in the horizon, or an amount.

    Unknown days rank with the longest. Unknown revenue is none. A rising share that was never learned is NaN: such a
    rule ranks and states no probability.
    """
    inputs = [rows.rule_inputs[name] for name in spec.baseline.columns]
    if spec.baseline.rule == "last_period_revenue":
        amount = np.maximum(np.nan_to_num(inputs[0]), 0)
        return Prediction(amount, amount)
    if spec.baseline.rule == "rising_share":
        if "share" not in baseline:
            return Prediction(np.full(len(rows), np.nan), inputs[0])
        return Prediction(np.interp(inputs[0], baseline["at"], baseline["share"]), inputs[0])
    days = np.nan_to_num(inputs[0], nan=np.inf)
    if "days" in baseline:
        return Prediction(np.interp(days, baseline["days"], baseline["share_left"]), days)
    return Prediction(_lomax_probability(days, inputs[1], spec.horizon_days), days)


def _lomax_probability(days: np.ndarray, usual_gap_days: np.ndarray, horizon_days: int) -> np.ndarray:
    """Probability of no order in the horizon if gaps follow a Lomax law of shape 2 with the customer's own median.

    P = ((s + d) / (s + d + h))^2 with s = median gap / (sqrt 2 - 1), d days since the last order, h the horizon. A
    customer without a gap is taken to have the horizon for one. A guess, not calibrated.
    """
    scale = np.nan_to_num(usual_gap_days, nan=float(horizon_days)) / (np.sqrt(2) - 1)
    waited = np.minimum(scale + days, 1e9)
    return (waited / (waited + horizon_days)) ** 2
