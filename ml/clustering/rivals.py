"""Other ways to find clusters among the same customers, and what each comes to: Ward, DBSCAN, HDBSCAN, and k-means of
figures as they are. None of them is used; they stand beside the chosen clusters so that anybody may judge the choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from ml.clustering.fit import SEED, Trial, figures, pairwise, partitions, trial_of
from ml.clustering.measures import agreement
from ml.clustering.spec import ClusterSpec

K_MEANS_RAW, WARD, DBSCAN, HDBSCAN = "k_means_raw", "ward", "dbscan", "hdbscan"
_DRAWS = 5
_DRAWN_SHARE = 0.8
_UNUSED = ("for comparison",)
_RAW = ("as a warning",)

Labels = Callable[[np.ndarray], np.ndarray]


def rival_trials(
    spec: ClusterSpec, treated: np.ndarray, distance: np.ndarray, later_value: np.ndarray
) -> Iterator[Trial]:
    """Ward for each number of clusters, DBSCAN and HDBSCAN, on one sample whose pairs have ``distance``.

    Stability: the mean adjusted Rand index with the clusters of four fifths of the sample, on those. Noise counts as a
    cluster there.
    """
    merges = ward_merges(treated)
    for clusters in range(spec.fewest, min(spec.most, len(treated) - 1) + 1):
        yield _tried(WARD, "", _ward(clusters), treated, distance, later_value, ward_labels(merges, clusters))
    neighbours = neighbours_of(treated)
    eps = knee(neighbour_distances(distance, neighbours))
    setting = f"eps {eps:.3f}, min_samples {neighbours}"
    yield _tried(DBSCAN, setting, _dbscan(eps, neighbours), treated, distance, later_value)
    least = max(2, round(spec.smallest_share_at_least * len(treated)))
    yield _tried(HDBSCAN, f"min_cluster_size {least}", _hdbscan(least), treated, distance, later_value)


def raw_trials(spec: ClusterSpec, raw: np.ndarray, later_value: np.ndarray, sample: np.ndarray) -> Iterator[Trial]:
    """k-means of features in their own units, measured as those who do so measure it."""
    distance = pairwise(raw[sample])
    for partition in partitions(raw, spec.fewest, spec.most, _DRAWS):
        yield replace(trial_of(partition, later_value, distance, sample, K_MEANS_RAW), obstacles=_RAW)


def neighbours_of(treated: np.ndarray) -> int:
    """min_samples of DBSCAN: twice as many as features (Sander et al., 1998)."""
    return min(2 * treated.shape[1], len(treated))


def neighbour_distances(distance: np.ndarray, neighbours: int) -> np.ndarray:
    """The distance of each customer to the one that many nearest, itself counted as the first, ascending."""
    return np.sort(np.partition(distance, neighbours - 1, axis=1)[:, neighbours - 1])


def knee(ascending: np.ndarray) -> float:
    """Where a rising curve turns up: the value farthest below the line from its first to its last point (Satopää et
    al., 2011). Never 0, since DBSCAN takes no such eps.
    """
    line = np.linspace(ascending[0], ascending[-1], len(ascending))
    found = float(ascending[np.argmax(line - ascending)])
    return found or float(ascending[-1]) or 1.0


def ward_merges(treated: np.ndarray) -> np.ndarray:
    """Ward's tree (Ward, 1963) as scipy has it: a row a merge, with the two joined, their distance, and their size."""
    from scipy.cluster.hierarchy import linkage

    return linkage(treated, "ward")


def ward_labels(merges: np.ndarray, clusters: int) -> np.ndarray:
    """The tree cut into ``clusters``."""
    from scipy.cluster.hierarchy import fcluster

    return fcluster(merges, clusters, "maxclust") - 1


def _ward(clusters: int) -> Labels:
    return lambda treated: ward_labels(ward_merges(treated), clusters)


def _dbscan(eps: float, neighbours: int) -> Labels:
    from sklearn.cluster import DBSCAN as Found

    return lambda treated: Found(eps=eps, min_samples=neighbours).fit(treated).labels_


def _hdbscan(least: int) -> Labels:
    from sklearn.cluster import HDBSCAN as Found

    return lambda treated: Found(min_cluster_size=least, copy=True).fit(treated).labels_


def _tried(
    algorithm: str,
    setting: str,
    find: Labels,
    treated: np.ndarray,
    distance: np.ndarray,
    later_value: np.ndarray,
    labels: np.ndarray | None = None,
) -> Trial:
    labels = find(treated) if labels is None else labels
    random = np.random.default_rng(SEED)
    kept = int(_DRAWN_SHARE * len(treated))
    draws = [np.sort(random.permutation(len(treated))[:kept]) for _ in range(_DRAWS)]
    stability = float(np.mean([agreement(labels[draw], find(treated[draw])) for draw in draws]))
    found = figures(algorithm, setting, labels, distance, later_value)
    return replace(found, stability=stability, obstacles=_UNUSED)
