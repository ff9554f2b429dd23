"""Logistic regression as numbers that can be read: a line of JSON scores without any library (`ml.scoring.intent`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.datasets.frame import Frame
from ml.datasets.schema import Feature
from ml.models.calibration import probability
from ml.models.ensemble import Prediction

PLAIN, LOGARITHM = "plain", "log1p"
_STRENGTH = 1.0
"""Of the penalty on squared coefficients (C of scikit-learn); columns are on one scale, so no unit is favoured."""
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Logistic:
    """A fitted logistic regression.

    Each column is transformed (``log1p`` of what counts or lasts, ``plain`` for yes or no), has its mean taken off and
    is divided by its scale; null counts as the mean. A column that never varied has the coefficient 0.
    """

    features: tuple[Feature, ...]
    transforms: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def predict(self, matrix: np.ndarray) -> Prediction:
        """The probability of each row of ``matrix`` (rows, features), null as NaN."""
        log_odds = self._standard(matrix) @ np.array(self.coefficients) + self.intercept
        return Prediction(probability(log_odds), log_odds)

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """What each feature adds to the log-odds: (rows, features + 1), the last the intercept. Null adds nothing."""
        added = self._standard(matrix) * np.array(self.coefficients)
        return np.column_stack([added, np.full(len(added), self.intercept)])

    def _standard(self, matrix: np.ndarray) -> np.ndarray:
        columns = _transformed(matrix, self.transforms)
        return np.nan_to_num((columns - np.array(self.means)) / np.array(self.scales))

    def as_mapping(self) -> dict[str, Any]:
        """What was learned, ready for JSON; the columns stand beside it."""
        return {
            "transforms": list(self.transforms),
            "means": list(self.means),
            "scales": list(self.scales),
            "coefficients": list(self.coefficients),
            "intercept": self.intercept,
        }

    @classmethod
    def of_mapping(cls, features: tuple[Feature, ...], learned: dict[str, Any]) -> Logistic:
        """The same back from JSON."""
        return cls(
            features,
            transforms=tuple(learned["transforms"]),
            means=tuple(learned["means"]),
            scales=tuple(learned["scales"]),
            coefficients=tuple(learned["coefficients"]),
            intercept=learned["intercept"],
        )


def fit_logistic(frame: Frame) -> Logistic:
    """Fit on every row of ``frame``; the same rows give the same numbers."""
    from sklearn.linear_model import LogisticRegression

    transforms = tuple(PLAIN if feature.type == "BOOLEAN" else LOGARITHM for feature in frame.features)
    columns = _transformed(frame.rows.matrix, transforms)
    # The deviation of equal values is not exactly 0, and a coefficient over such a scale would be nonsense.
    varies = np.nanmin(columns, axis=0) < np.nanmax(columns, axis=0)
    means, scales = np.nanmean(columns, axis=0), np.where(varies, np.nanstd(columns, axis=0), 1)
    standard = np.where(varies, np.nan_to_num((columns - means) / scales), 0)
    line = LogisticRegression(C=_STRENGTH, solver="newton-cholesky", tol=_TOLERANCE).fit(standard, frame.label)
    return Logistic(
        frame.features,
        transforms,
        tuple(np.nan_to_num(means).tolist()),
        tuple(scales.tolist()),
        tuple(np.where(varies, line.coef_[0], 0).tolist()),
        float(line.intercept_[0]),
    )


def _transformed(matrix: np.ndarray, transforms: tuple[str, ...]) -> np.ndarray:
    is_logarithm = np.array(transforms) == LOGARITHM
    return np.where(is_logarithm, np.log1p(np.maximum(matrix, 0)), matrix)
