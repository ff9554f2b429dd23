"""Learning how features are made comparable, as `conf/clusters` declares it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.clustering.assign import Scaling, transformed
from ml.clustering.spec import FeatureSpec


def fit_scaling(feature: FeatureSpec, values: np.ndarray) -> Scaling | None:
    """How ``feature`` is made comparable, learned from known ``values``; None where they do not vary.

    robust: where more than half of the values are the same, quartiles may have no distance; then the standard
    deviation stands for it, around the median.
    """
    after = transformed(feature.transform, values)
    if not len(after) or after.min() == after.max():
        return None
    shift, factor = float(after.mean()), float(after.std())
    if feature.scale == "min_max":
        shift, factor = float(after.min()), float(after.max() - after.min())
    elif feature.scale == "robust":
        low, shift, high = (float(value) for value in np.quantile(after, [0.25, 0.5, 0.75]))
        factor = high - low or factor
    return Scaling(feature.name, feature.transform, shift, factor)


def as_they_are(names: Sequence[str]) -> tuple[Scaling, ...]:
    """Features left in their own units, to show what that does."""
    return tuple(Scaling(name, "none", 0.0, 1.0) for name in names)
