"""k-means for each number of clusters, and which number is taken: by stability, size and what came later.

The mean adjusted Rand index over customers drawn anew tells whether a structure is there or was made up (Hennig, 2007).
Of the numbers that pass what `conf/clusters` asks, the least within one standard error of the best separation is taken
(Breiman et al., 1984): silhouette decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.clustering.assign import squared_distances
from ml.clustering.measures import NOISE, agreement, dunn, separation, silhouette, smallest_share
from ml.clustering.spec import ClusterSpec

SEED = 1
DRAWS = 20
STARTS = 10
STARTS_OF_A_DRAW = 5
ERROR_DRAWS = 50
SAMPLE = 1_000
"""Customers by whom silhouette and Dunn are measured, and rivals found: both need every pair."""
K_MEANS = "k_means"
STABILITY = "stability"


@dataclass(frozen=True)
class Trial:
    """One attempt at clusters, and its figures; null where a figure does not exist for it.

    ``setting``: what else the algorithm was told. ``obstacles``: why it is not taken, empty when it could be.
    """

    algorithm: str
    clusters: int
    setting: str
    customers: int
    inertia: float | None
    silhouette: float | None
    dunn: float | None
    stability: float | None
    smallest_share: float | None
    noise_share: float
    later_value: float | None
    later_value_error: float | None
    obstacles: tuple[str, ...] = ()
    is_chosen: bool = False


@dataclass(frozen=True)
class Partition:
    """k-means clusters: ``centres`` in treated features, ``labels`` of the customers they were found among, and in
    ``redrawn`` the labels of the same customers by the clusters of each draw.
    """

    centres: np.ndarray
    labels: np.ndarray
    inertia: float
    redrawn: np.ndarray


def sample_of(count: int) -> np.ndarray:
    """The places of at most SAMPLE of ``count`` customers, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, SAMPLE)).astype(int))


def pairwise(treated: np.ndarray) -> np.ndarray:
    """Euclidean distances of each pair, 0 of a customer and itself."""
    from scipy.spatial.distance import pdist, squareform

    return squareform(pdist(treated))


def partitions(treated: np.ndarray, fewest: int, most: int, draws_of: int = DRAWS) -> Iterator[Partition]:
    """k-means clusters for each number from ``fewest`` to ``most`` of which there are as many customers unlike."""
    unlike = len(np.unique(treated, axis=0))
    random = np.random.default_rng(SEED)
    draws = random.integers(0, len(treated), (draws_of, len(treated)))
    for clusters in range(fewest, min(most, unlike) + 1):
        centres, inertia = _centres(treated, clusters, STARTS)
        redrawn = [_nearest(treated, _centres(treated[draw], clusters, STARTS_OF_A_DRAW)[0]) for draw in draws]
        yield Partition(centres, _nearest(treated, centres), inertia, np.array(redrawn))


def trial_of(
    partition: Partition, later_value: np.ndarray, distance: np.ndarray, sample: np.ndarray, algorithm: str = K_MEANS
) -> Trial:
    """The figures of ``partition``; ``distance`` is between each pair of ``sample``."""
    labels = partition.labels
    found = figures(algorithm, "", labels[sample], distance, later_value[sample])
    return replace(
        found,
        clusters=len(partition.centres),
        customers=len(labels),
        inertia=partition.inertia,
        stability=float(np.mean([agreement(labels, again) for again in partition.redrawn])),
        smallest_share=smallest_share(labels),
        later_value=separation(labels, later_value),
        later_value_error=_error(labels, later_value),
    )


def figures(algorithm: str, setting: str, labels: np.ndarray, distance: np.ndarray, later_value: np.ndarray) -> Trial:
    """What can be measured of any labels of customers whose pairs have ``distance``."""
    return Trial(
        algorithm=algorithm,
        clusters=len(np.unique(labels[labels != NOISE])),
        setting=setting,
        customers=len(labels),
        inertia=None,
        silhouette=silhouette(distance, labels),
        dunn=dunn(distance, labels),
        stability=None,
        smallest_share=smallest_share(labels),
        noise_share=float(np.mean(labels == NOISE)),
        later_value=separation(labels, later_value),
        later_value_error=None,
    )


def choose(spec: ClusterSpec, trials: Sequence[Trial]) -> list[Trial]:
    """``trials`` of k-means with what stands against each, and one of them chosen; none where something does of all."""
    judged = [replace(trial, obstacles=tuple(obstacles(spec, trial))) for trial in trials]
    fitting = [trial for trial in judged if not trial.obstacles]
    if not fitting:
        return judged
    best = max(fitting, key=lambda trial: (trial.later_value, -trial.clusters))
    enough = (best.later_value or 0) - (best.later_value_error or 0)
    chosen = min(
        (trial for trial in fitting if (trial.later_value or 0) >= enough), key=lambda trial: trial.clusters
    ).clusters
    return [_told(trial, chosen, best) for trial in judged]


def _told(trial: Trial, chosen: int, best: Trial) -> Trial:
    if trial.clusters == chosen:
        return replace(trial, is_chosen=True)
    if trial.obstacles:
        return trial
    if trial.clusters < chosen:
        return replace(trial, obstacles=(f"later value is told apart better by {best.clusters} clusters",))
    return replace(trial, obstacles=(f"{chosen} clusters tell later value apart as well, within one standard error",))


def obstacles(spec: ClusterSpec, trial: Trial, *, besides: str = "") -> Iterator[str]:
    """What `conf/clusters` asks and ``trial`` does not reach, but for the bar called ``besides``."""
    asked = (
        (STABILITY, trial.stability, spec.stability_at_least),
        ("smallest share", trial.smallest_share, spec.smallest_share_at_least),
        ("separation of later value", trial.later_value, spec.later_value_at_least),
    )
    for name, figure, least in asked:
        if name != besides and (figure is None or figure < least):
            yield f"{name} {'unknown' if figure is None else f'{figure:.3f}'}, less than {least:g}"


def _centres(treated: np.ndarray, clusters: int, starts: int) -> tuple[np.ndarray, float]:
    from sklearn.cluster import KMeans

    fitted = KMeans(clusters, n_init=starts, random_state=SEED, algorithm="lloyd").fit(treated)
    return fitted.cluster_centers_, float(fitted.inertia_)


def _nearest(treated: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return np.argmin(squared_distances(treated, centres), axis=1)


def _error(labels: np.ndarray, later_value: np.ndarray) -> float | None:
    """Standard error of the separation, by customers drawn anew."""
    random = np.random.default_rng(SEED)
    draws = (random.integers(0, len(labels), len(labels)) for _ in range(ERROR_DRAWS))
    drawn = [separation(labels[draw], later_value[draw]) for draw in draws]
    known = [figure for figure in drawn if figure is not None]
    return float(np.std(known, ddof=1)) if len(known) > 1 else None
