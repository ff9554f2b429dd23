"""What a version was trained on, in counts: kept beside its trees, so that every night can be held against it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml.datasets.frame import Frame
from ml.models.learners import Fitted
from ml.watching.stability import counts_of, edges_of, psi

Reference = dict[str, Any]
"""What ``reference_of`` gives, as JSON.

origin, rows; ``features`` by name: edges, counts (the last one is of unknown values), and of the earlier origins the
model learned from learned_psi and learned_null_rise, the furthest any of them is from this one; ``score``: edges and
counts.
"""


def reference_of(frame: Frame, fitted: Fitted) -> Reference:
    """The latest origin of ``frame`` in counts by deciles of its own, and what ``fitted`` says of its customers.

    A feature that has always moved, as tenure does in a young shop, may move on as far as it did between the origins
    that were learned from: that is no news to the model.
    """
    latest = frame.at(frame.origins[-1])
    earlier = [frame.at(origin) for origin in frame.origins[:-1]]
    features = {
        feature.name: _feature(latest.rows.matrix[:, number], [part.rows.matrix[:, number] for part in earlier])
        for number, feature in enumerate(frame.features)
    }
    said = fitted.predict(latest.rows.matrix).value
    edges = edges_of(said)
    return {
        "origin": latest.origins[-1].isoformat(),
        "rows": len(latest),
        "features": features,
        "score": {"edges": edges, "counts": counts_of(said, edges)},
    }


def _feature(latest: np.ndarray, earlier: list[np.ndarray]) -> dict[str, Any]:
    edges = edges_of(latest)
    counts = counts_of(latest, edges)
    nulls = [float(np.isnan(values).mean() - np.isnan(latest).mean()) for values in earlier]
    return {
        "edges": edges,
        "counts": counts,
        "learned_psi": max((psi(counts, counts_of(values, edges)) for values in earlier), default=0.0),
        "learned_null_rise": round(max((abs(rise) for rise in nulls), default=0.0), 6),
    }
