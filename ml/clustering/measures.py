"""Figures that say how good a set of clusters is. ``labels`` are whole numbers, one a customer; -1 is noise.

No single one decides: silhouette and Dunn reward a few far-off customers in clusters of their own.
"""

from __future__ import annotations

import numpy as np

NOISE = -1


def dunn(distance: np.ndarray, labels: np.ndarray) -> float | None:
    """Dunn index (Dunn, 1974): least distance between two customers of different clusters over the greatest between two
    of the same. Above 1 no cluster is wider than the gap to the next. None with fewer than two clusters, or where all
    customers of each are alike.
    """
    chosen = labels != NOISE
    distance, labels = distance[np.ix_(chosen, chosen)], labels[chosen]
    same = labels[:, None] == labels[None, :]
    if same.all():
        return None
    widest = float(distance[same].max())
    return float(distance[~same].min()) / widest if widest > 0 else None


def silhouette(distance: np.ndarray, labels: np.ndarray) -> float | None:
    """Mean silhouette (Rousseeuw, 1987), -1 to 1: how much nearer customers are to their own cluster than to the next.

    None with fewer than two clusters, or one a customer.
    """
    from sklearn.metrics import silhouette_score

    chosen = labels != NOISE
    labels = labels[chosen]
    if not 1 < len(np.unique(labels)) < len(labels):
        return None
    return float(silhouette_score(distance[np.ix_(chosen, chosen)], labels, metric="precomputed"))


def smallest_share(labels: np.ndarray) -> float | None:
    """Share of all customers, noise too, in the smallest cluster; None without a cluster."""
    sizes = np.unique(labels[labels != NOISE], return_counts=True)[1]
    return float(sizes.min() / len(labels)) if len(sizes) else None


def separation(labels: np.ndarray, later_value: np.ndarray) -> float | None:
    """How well clusters tell apart what came later: the share of the variance of its ranks that lies between clusters,
    adjusted for their number (epsilon squared of Kruskal and Wallis; Kelley, 1935).

    0 or below is what groups drawn by lot give, 1 that every cluster has values of its own. Ranks, as net revenue has a
    long tail that a handful of customers would decide. Noise counts as a group. None with one group, or one value.
    """
    groups, group = np.unique(labels, return_inverse=True)
    ranks = ranks_of(later_value)
    total = float(((ranks - ranks.mean()) ** 2).sum())
    if len(groups) < 2 or len(groups) >= len(ranks) or total == 0:
        return None
    sizes = np.bincount(group)
    means = np.bincount(group, weights=ranks) / sizes
    within = float(((ranks - means[group]) ** 2).sum())
    return 1 - (within / (len(ranks) - len(groups))) / (total / (len(ranks) - 1))


def agreement(left: np.ndarray, right: np.ndarray) -> float:
    """Adjusted Rand index (Hubert and Arabie, 1985) of two clusterings of the same customers: 1 the same, 0 chance."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(left, right))


def ranks_of(values: np.ndarray) -> np.ndarray:
    """The rank of each value, from 1, the same for the same."""
    from scipy.stats import rankdata

    return rankdata(values)
