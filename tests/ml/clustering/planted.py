"""Customers whose clusters we made, so that what is found can be right or wrong."""

from __future__ import annotations

import numpy as np

from ml.clustering.assign import Cluster, Clustering, Scaling
from ml.clustering.spec import ClusterSpec, FeatureSpec

FEATURES = (
    FeatureSpec("visits", "none", "standard", "come more often", "come less often"),
    FeatureSpec("spend", "none", "standard", "spend more", "spend less"),
)
SPEC = ClusterSpec(
    features=FEATURES,
    fewest=2,
    most=5,
    stability_at_least=0.85,
    smallest_share_at_least=0.05,
    later_value_at_least=0.05,
)
CENTRES = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]])


def three_groups(customers: int = 300, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places, true groups, and later values that rise with the group."""
    random = np.random.default_rng(seed)
    group = np.arange(customers) % 3
    return CENTRES[group] + random.normal(size=(customers, 2)), group, 10.0 * group + random.normal(size=customers)


def clustering(centres: np.ndarray = CENTRES, ids: tuple[int, ...] = (1, 2, 3)) -> Clustering:
    """A clustering of two features in their own units."""
    return Clustering(
        features=(Scaling("visits", "none", 0.0, 1.0), Scaling("spend", "none", 0.0, 1.0)),
        clusters=tuple(
            Cluster(number, f"Cluster {number}", "", tuple(map(float, centre)), 0.3, 1.0)
            for number, centre in zip(ids, centres, strict=True)
        ),
        sharpness=0.5,
        mean=(1.0, 2.0),
        components=((0.6, 0.8), (0.8, -0.6)),
        next_id=max(ids) + 1,
    )
