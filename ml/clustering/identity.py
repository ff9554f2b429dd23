"""Which cluster of a new training is which of the one in use, so that a cluster keeps its number.

Two are the same where they share more than half of the customers who are in either (Jaccard; Hennig, 2007, calls a
cluster dissolved below that). More than half can be shared with one cluster only, so nothing has to be decided between
claims. A number is never given twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAME_FROM = 0.5
"""A cluster goes on in another when their overlap is greater."""


@dataclass(frozen=True)
class Continued:
    """``ids`` of the new clusters in their order, ``next_id`` the first that is free, and by old id which clusters
    ``dissolved``, each with the greatest overlap it had with any new one.
    """

    ids: tuple[int, ...]
    next_id: int
    dissolved: dict[int, float]


def overlaps(left: np.ndarray, right: np.ndarray, count: int) -> np.ndarray:
    """(count, count) of the Jaccard index between cluster i of ``left`` and j of ``right``; 0 where both are empty."""
    both = np.zeros((count, count))
    np.add.at(both, (left, right), 1)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    return np.divide(both, either, out=np.zeros_like(both), where=either > 0)


def first(clusters: int, next_id: int = 1) -> Continued:
    """Numbers of clusters that go on from none, ``next_id`` and those after it."""
    return Continued(tuple(range(next_id, next_id + clusters)), next_id + clusters, {})


def continued(labels: np.ndarray, clusters: int, before: np.ndarray, next_id: int) -> Continued:
    """The ids of ``clusters`` that go by their place in ``labels``, given the ids the same customers had ``before``."""
    old, place = np.unique(before, return_inverse=True)
    count = max(clusters, len(old))
    shared = overlaps(labels, place, count)[:clusters, : len(old)]
    ids = []
    for row in shared:
        if row.max() > SAME_FROM:
            ids.append(int(old[np.argmax(row)]))
        else:
            ids.append(next_id)
            next_id += 1
    gone = {int(old[place]): float(shared[:, place].max()) for place in range(len(old))}
    return Continued(tuple(ids), next_id, {name: share for name, share in gone.items() if name not in ids})
