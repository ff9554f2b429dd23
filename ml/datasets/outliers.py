"""What is done with far-off values of a feature, by `conf/outliers`, for what measures distances: cap, log, Box-Cox.

Fitted on rows that are learned from, and applied to any. Order is kept: of two values the greater is never the less
after it. Trees split by order alone, so none of our models asks for it. Null stays null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.datasets.schema import Feature
from regulars import config
from regulars.errors import UsageError, did_you_mean


@dataclass(frozen=True)
class Treatment:
    """``kind``: cap, log or box_cox. ``quantiles``: of cap, between which values stay."""

    kind: str
    quantiles: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Treated:
    """What was done to one feature, in words, and to how many ``rows`` (values that are another now)."""

    feature: str
    step: str
    rows: int


@dataclass(frozen=True)
class Fitted:
    """A treatment with what was learned for it: the bounds ``low`` and ``high`` of what it saw or keeps, and of Box-Cox
    its power and the ``shift`` that makes values positive.
    """

    kind: str
    low: float
    high: float
    power: float = 1.0
    shift: float = 0.0

    def apply(self, values: np.ndarray) -> np.ndarray:
        """``values`` after it; NaN stays."""
        from scipy.special import boxcox

        if self.kind == "log":
            return np.sign(values) * np.log1p(np.abs(values))
        bounded = np.clip(values, self.low, self.high if self.kind == "cap" else None)
        return bounded if self.kind == "cap" else boxcox(bounded + self.shift, self.power)

    def undo(self, values: np.ndarray) -> np.ndarray:
        """What ``values`` were before it; of Box-Cox within what it was learned from. A cap cannot be undone."""
        from scipy.special import inv_boxcox

        if self.kind == "log":
            return np.sign(values) * np.expm1(np.abs(values))
        if self.kind == "cap":
            return values
        learned = self.apply(np.array([self.low, self.high]))
        return np.clip(inv_boxcox(np.clip(values, *learned), self.power) - self.shift, self.low, self.high)

    def told(self) -> str:
        """What it does, in words."""
        if self.kind == "cap":
            return f"capped to {self.low:.6g} to {self.high:.6g}"
        return "logarithm" if self.kind == "log" else f"Box-Cox with power {self.power:.3f}"


def load_treatments(features: Sequence[Feature]) -> dict[str, Treatment]:
    """What `conf/outliers` says of ``features``, by name. Raises UsageError for one that is none, or is a text, and for
    quantiles in the wrong order.
    """
    path = config.CONF / "outliers" / "features.yml"
    numbers = {feature.name for feature in features if not feature.categories}
    treatments = {}
    for name, said in config.load_yaml(path).items():
        if name not in numbers:
            raise UsageError(f"There is no feature '{name}' of numbers. {did_you_mean(name, numbers)}", where=str(path))
        low, high = said.get("quantiles", (0.0, 1.0))
        if low >= high:
            raise UsageError(f"The quantiles of '{name}' must rise, and are {low} and {high}", where=str(path))
        treatments[name] = Treatment(said["treatment"], (low, high))
    return treatments


def fit(features: Sequence[Feature], matrix: np.ndarray, treatments: Mapping[str, Treatment]) -> dict[int, Fitted]:
    """Treatments learned from the rows of ``matrix``, by place of the feature; none where no value is known."""
    places = [number for number, feature in enumerate(features) if feature.name in treatments]
    return {
        number: _fitted(treatments[features[number].name], known)
        for number in places
        if len(known := matrix[~np.isnan(matrix[:, number]), number])
    }


def _fitted(treatment: Treatment, known: np.ndarray) -> Fitted:
    from scipy.stats import boxcox_normmax

    # Quantiles that some value has: capping what was capped changes nothing.
    low = float(np.quantile(known, treatment.quantiles[0], method="higher"))
    high = float(np.quantile(known, treatment.quantiles[1], method="lower"))
    if treatment.kind != "box_cox":
        return Fitted(treatment.kind, min(low, high), max(low, high))
    shift = 0.0 if low > 0 else 1.0 - low
    power = float(boxcox_normmax(known + shift, method="mle")) if low < high else 1.0
    return Fitted("box_cox", low, high, power, shift)


def applied(matrix: np.ndarray, fitted: Mapping[int, Fitted]) -> np.ndarray:
    """A copy of ``matrix`` with the treated columns."""
    treated = matrix.copy()
    for number, one in fitted.items():
        treated[:, number] = one.apply(matrix[:, number])
    return treated


def log_of(features: Sequence[Feature], matrix: np.ndarray, fitted: Mapping[int, Fitted]) -> list[Treated]:
    """What ``fitted`` does to the rows of ``matrix``, one entry a treated feature: the cleaning log of a use."""
    after = applied(matrix, fitted)
    known = ~np.isnan(matrix)
    return [
        Treated(features[number].name, one.told(), int((known & (after != matrix))[:, number].sum()))
        for number, one in fitted.items()
    ]


def undone(matrix: np.ndarray, fitted: Mapping[int, Fitted]) -> np.ndarray:
    """A copy of ``matrix`` with the treated columns in their own units again."""
    plain = matrix.copy()
    for number, one in fitted.items():
        plain[:, number] = one.undo(matrix[:, number])
    return plain
