"""Figures of merit. Every one is computed for the model and for its baseline, on the same customers.

``actual`` is what happened, ``predicted`` what was said before, ``ranking`` orders customers of equal ``predicted``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ml.models.ensemble import Prediction
from ml.models.spec import ModelSpec

BINS = 10
SCALE = 6
"""Figures are kept with this many decimals."""


def evaluate(spec: ModelSpec, prediction: Prediction, actual: np.ndarray) -> dict[str, float]:
    """The figures of ``spec``'s target by name, rounded."""
    return {name: figure(spec, name, prediction, actual) for name in _FIGURES[spec.target]}


def figure(spec: ModelSpec, name: str, prediction: Prediction, actual: np.ndarray) -> float:
    """One figure of ``spec``'s target, rounded."""
    return round(float(_FIGURES[spec.target][name](prediction, actual)), SCALE)


def _roc_auc(prediction: Prediction, actual: np.ndarray) -> float:
    return roc_auc(actual, prediction.ranking)


def roc_auc(actual: np.ndarray, ranking: np.ndarray) -> float:
    """Area under the ROC curve of ``ranking`` for what is above zero in ``actual``, of which there must be both kinds.

    By ranks (Mann-Whitney), ties counting half: many times faster than a library's, and the bootstrap asks often.
    """
    from scipy.stats import rankdata

    left = actual > 0
    count = int(left.sum())
    above = rankdata(ranking)[left].sum() - count * (count + 1) / 2
    return float(above / (count * (len(actual) - count)))


def _pr_auc(prediction: Prediction, actual: np.ndarray) -> float:
    from sklearn.metrics import average_precision_score

    return average_precision_score(actual, prediction.ranking)


def _spearman(prediction: Prediction, actual: np.ndarray) -> float:
    from scipy.stats import spearmanr

    return spearmanr(actual, prediction.ranking).statistic


def gini(actual: np.ndarray, ranking: np.ndarray) -> float:
    """Gini of the concentration curve of ``actual`` when customers come in order of ``ranking``, highest first.

    0 for an order that tells nothing. Customers of equal ranking share their actual equally, so ties gain nothing.
    """
    _, group, size = np.unique(ranking, return_inverse=True, return_counts=True)
    shared = (np.bincount(group, weights=actual) / size)[group]
    descending = shared[np.argsort(-ranking, kind="stable")]
    count = len(actual)
    return float(2 * np.sum(np.cumsum(descending)) / (count * descending.sum()) - (count + 1) / count)


def normalised_gini(actual: np.ndarray, ranking: np.ndarray) -> float:
    """Gini by ``ranking`` over the Gini of the perfect order: 1 is perfect, 0 tells nothing."""
    return gini(actual, ranking) / gini(actual, actual)


def expected_calibration_error(actual: np.ndarray, probability: np.ndarray, bins: int = BINS) -> float:
    """Mean distance of stated and real frequency over ``bins`` of equal size (Naeini et al., 2015)."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    distance = [abs(actual[part].mean() - probability[part].mean()) * len(part) for part in parts]
    return float(np.sum(distance) / len(actual))


def deciles(prediction: Prediction, tie: np.ndarray) -> np.ndarray:
    """Decile of each customer, 1 to 10, 10 the highest: by value, ranking, ``tie``. Sizes differ by one at most."""
    order = np.lexsort((tie, prediction.ranking, prediction.value))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return 1 + place * BINS // len(order)


def decile_error(actual: np.ndarray, prediction: Prediction) -> float:
    """Sum over deciles of the distance between predicted and actual total, as a share of the actual total."""
    decile = deciles(prediction, np.arange(len(actual)))
    missed = [abs(prediction.value[decile == d].sum() - actual[decile == d].sum()) for d in range(1, BINS + 1)]
    return float(np.sum(missed) / actual.sum())


def top_decile_lift(actual: np.ndarray, prediction: Prediction) -> float:
    """The mean actual of the highest tenth over everybody's."""
    decile = deciles(prediction, np.arange(len(actual)))
    return actual[decile == decile.max()].mean() / actual.mean()


def lift_by_decile(prediction: Prediction, actual: np.ndarray, tie: np.ndarray) -> list[dict[str, Any]]:
    """For each decile: customers, mean predicted, mean actual, and lift, the actual over everybody's mean."""
    decile, overall = deciles(prediction, tie), actual.mean()
    rows = []
    for number in np.unique(decile):
        chosen = decile == number
        mean = actual[chosen].mean()
        rows.append(
            {
                "decile": int(number),
                "customers": int(chosen.sum()),
                "predicted": round(float(prediction.value[chosen].mean()), SCALE),
                "actual": round(float(mean), SCALE),
                "lift": round(float(mean / overall), SCALE),
            }
        )
    return rows


_OF_PROBABILITIES: dict[str, Callable[[Prediction, np.ndarray], float]] = {
    "roc_auc": _roc_auc,
    "pr_auc": _pr_auc,
    "top_decile_lift": lambda said, actual: top_decile_lift(actual, said),
    "brier": lambda said, actual: np.mean((said.value - actual) ** 2),
    "ece": lambda said, actual: expected_calibration_error(actual, said.value),
    "base_rate": lambda said, actual: np.mean(actual),
}
_FIGURES: dict[str, dict[str, Callable[[Prediction, np.ndarray], float]]] = {
    "churn": _OF_PROBABILITIES,
    "visit_order": _OF_PROBABILITIES,
    "cart_recovery": _OF_PROBABILITIES,
    "response": _OF_PROBABILITIES,
    "net_revenue": {
        "mae": lambda said, actual: np.mean(np.abs(said.value - actual)),
        "rmse": lambda said, actual: np.sqrt(np.mean((said.value - actual) ** 2)),
        "spearman": _spearman,
        "normalised_gini": lambda said, actual: normalised_gini(actual, said.ranking),
        "top_decile_lift": lambda said, actual: top_decile_lift(actual, said),
        "bias": lambda said, actual: said.value.sum() / actual.sum() - 1,
        "decile_error": lambda said, actual: decile_error(actual, said),
    },
}
"""How each figure is worked out, by target."""
