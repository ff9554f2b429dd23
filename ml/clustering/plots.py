"""Points of the plots that cannot be drawn from figures alone: k-distance, dendrogram, t-SNE. None names a customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml.clustering.fit import SEED
from ml.clustering.rivals import neighbour_distances, neighbours_of, ward_merges

K_DISTANCE, DENDROGRAM, T_SNE = "k_distance", "dendrogram", "t_sne_"
PERPLEXITIES = (5, 30)
"""Two, since what t-SNE shows depends on it: what is not in both pictures is not in the data."""
POINTS = 400
_LEAVES = 20
_SCALE = 4


@dataclass(frozen=True)
class Point:
    """A point of a plot, ``place`` in its ``series``; ``cluster_id`` is that of a customer, else None."""

    plot: str
    series: int
    place: int
    x: float
    y: float
    cluster_id: int | None = None


def k_distance(treated: np.ndarray, distance: np.ndarray) -> Iterator[Point]:
    """Customers by their distance to the k-th nearest, k as DBSCAN's min_samples. Every tenth of them is drawn."""
    ascending = neighbour_distances(distance, neighbours_of(treated))
    for place in np.unique(np.append(np.arange(0, len(ascending), 10), len(ascending) - 1)):
        yield Point(K_DISTANCE, 0, int(place), float(place), round(float(ascending[place]), _SCALE))


def dendrogram(treated: np.ndarray) -> Iterator[Point]:
    """The last merges of Ward's tree, four points each: up from the one joined, across, and down to the other."""
    from scipy.cluster.hierarchy import dendrogram as drawn

    if len(treated) < 2:
        return
    tree = drawn(ward_merges(treated), p=min(_LEAVES, len(treated)), truncate_mode="lastp", no_plot=True)
    for series, (across, up) in enumerate(zip(tree["icoord"], tree["dcoord"], strict=True)):
        for place, (x, y) in enumerate(zip(across, up, strict=True)):
            yield Point(DENDROGRAM, series, place, round(float(x), _SCALE), round(float(y), _SCALE))


def t_sne(treated: np.ndarray, cluster_id: np.ndarray) -> Iterator[Point]:
    """Two dimensions in which near customers stay near (van der Maaten and Hinton, 2008), once a perplexity.

    The learning rate is a twelfth of the points, at least 50 (Belkina et al., 2019), which is n over the exaggeration.
    """
    from sklearn.manifold import TSNE

    chosen = np.unique(np.linspace(0, len(treated) - 1, min(len(treated), POINTS)).astype(int))
    for perplexity in PERPLEXITIES:
        if perplexity >= len(chosen):
            continue
        embedded = TSNE(
            perplexity=perplexity, learning_rate="auto", init="pca", max_iter=500, random_state=SEED, n_jobs=1
        ).fit_transform(treated[chosen].astype(np.float64))
        for place, (x, y) in enumerate(embedded):
            mine = int(cluster_id[chosen[place]])
            yield Point(f"{T_SNE}{perplexity}", 0, place, round(float(x), 2), round(float(y), 2), mine)


def principal_components(treated: np.ndarray, count: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """The first principal directions (count, features), each with its greatest part positive, and the share of the
    variance each explains.
    """
    values, vectors = np.linalg.eigh(np.cov(treated, rowvar=False))
    order = np.argsort(values)[::-1][:count]
    directions = vectors[:, order].T
    signs = np.sign(directions[np.arange(len(directions)), np.argmax(np.abs(directions), axis=1)])
    return directions * signs[:, None], values[order] / values.sum()
