"""How sure it is that a customer belongs to a cluster, and not to another one.

The clusters are found again in customers drawn anew; the probability of a cluster is the share of draws that put the
customer into it. It is foretold by a softmax of distances squared, whose one number is fitted on half of the draws; the
other half says how well it is calibrated. It speaks of the customers drawn, not of what the customer will do.
"""

from __future__ import annotations

import numpy as np

from ml.clustering.assign import probabilities
from ml.clustering.identity import overlaps
from ml.evaluation.metrics import expected_calibration_error

_EDGE = 1e-6


def matched(labels: np.ndarray, redrawn: np.ndarray) -> np.ndarray:
    """``redrawn`` with each draw's clusters called by those of ``labels`` they overlap most with, one to one."""
    from scipy.optimize import linear_sum_assignment

    renamed = np.empty_like(redrawn)
    count = int(max(labels.max(), redrawn.max())) + 1
    for number, again in enumerate(redrawn):
        again_of, of = linear_sum_assignment(-overlaps(again, labels, count))
        names = np.empty(count, dtype=int)
        names[again_of] = of
        renamed[number] = names[again]
    return renamed


def fit_sharpness(distance: np.ndarray, redrawn: np.ndarray) -> tuple[float, float]:
    """The sharpness under which what the draws say is likeliest, from the first half of them, and the expected
    calibration error of the nearest cluster's probability on the other half.

    ``distance``: (customers, clusters) squared; ``redrawn``: (draws, customers) labels, matched.
    """
    from scipy.optimize import minimize_scalar

    learned, held = redrawn[: len(redrawn) // 2], redrawn[len(redrawn) // 2 :]
    shares = np.stack([(learned == cluster).mean(axis=0) for cluster in range(distance.shape[1])], axis=1)

    def unlikeliness(log_sharpness: float) -> float:
        said = np.clip(probabilities(distance, float(np.exp(log_sharpness))), _EDGE, 1)
        return float(-(shares * np.log(said)).sum(axis=1).mean())

    found = minimize_scalar(unlikeliness, bounds=(-6.0, 8.0), method="bounded", options={"xatol": 1e-3})
    sharpness = round(float(np.exp(found.x)), 6)
    said, nearest = probabilities(distance, sharpness).max(axis=1), np.argmin(distance, axis=1)
    hits = (held == nearest).astype(float)
    return sharpness, expected_calibration_error(hits.ravel(), np.tile(said, len(held)))
