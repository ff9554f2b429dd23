"""Which cluster a customer belongs to, from features and one JSON: nothing else is needed, so a stream may call it too.

Features are treated one after another and never by a matrix product, so that a customer alone gets to the last bit
what the same customer gets among many.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

PROBABILITY_SCALE = 6
"""Decimals of a probability."""


@dataclass(frozen=True)
class Scaling:
    """How one feature is made comparable: ``(transform(value) - shift) / factor``."""

    name: str
    transform: str
    shift: float
    factor: float

    def apply(self, values: np.ndarray) -> np.ndarray:
        """``values`` after it; NaN stays."""
        return (transformed(self.transform, values) - self.shift) / self.factor


@dataclass(frozen=True)
class Split:
    """A supervised refinement of one cluster: customers whose ``feature`` is more than ``at``, and the others.

    ``above`` and ``below`` are the mean net revenue each side brought in a later period than it was learned on.
    """

    feature: str
    at: float
    above: float
    below: float


@dataclass(frozen=True)
class Cluster:
    """One cluster as it was found: ``centre`` in treated features, ``share`` of the customers it was found among, and
    ``later_value``, the mean net revenue they brought in the horizon after that. ``split`` is null where nothing inside
    it tells later value apart.
    """

    cluster_id: int
    name: str
    description: str
    centre: tuple[float, ...]
    share: float
    later_value: float
    split: Split | None = None


@dataclass(frozen=True)
class Clustering:
    """What a version holds. ``sharpness`` turns distances into probabilities; ``components`` are the first principal
    directions of treated features around their ``mean``; ``next_id`` is the first id no cluster ever had.
    """

    features: tuple[Scaling, ...]
    clusters: tuple[Cluster, ...]
    sharpness: float
    mean: tuple[float, ...]
    components: tuple[tuple[float, ...], ...]
    next_id: int

    def as_mapping(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        return asdict(self)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of customer_features it needs, in the order of its matrices."""
        return tuple(feature.name for feature in self.features)

    @property
    def split_names(self) -> tuple[str, ...]:
        """The columns by which clusters are split, each once."""
        return tuple(sorted({cluster.split.feature for cluster in self.clusters if cluster.split}))

    @property
    def centres(self) -> np.ndarray:
        """(clusters, features), treated."""
        return np.array([cluster.centre for cluster in self.clusters])


@dataclass(frozen=True)
class Assigned:
    """One entry a customer: the id of the nearest cluster, the probability of belonging to it, and the place on the
    principal components. Where no feature is known, ``is_known`` is false and the rest means nothing.
    """

    is_known: np.ndarray
    cluster_id: np.ndarray
    probability: np.ndarray
    place: np.ndarray


def clustering_of(mapping: Mapping[str, Any]) -> Clustering:
    """The clustering a JSON holds. Raises KeyError or TypeError where it is none."""
    return Clustering(
        features=tuple(Scaling(**feature) for feature in mapping["features"]),
        clusters=tuple(_cluster_of(one) for one in mapping["clusters"]),
        sharpness=mapping["sharpness"],
        mean=tuple(mapping["mean"]),
        components=tuple(tuple(one) for one in mapping["components"]),
        next_id=mapping["next_id"],
    )


def _cluster_of(mapping: Mapping[str, Any]) -> Cluster:
    split = Split(**mapping["split"]) if mapping["split"] else None
    return Cluster(**{**mapping, "centre": tuple(mapping["centre"]), "split": split})


def assign(clustering: Clustering, matrix: np.ndarray) -> Assigned:
    """The cluster of each row of ``matrix``: (customers, features) in the order of ``clustering.names``, null as NaN.

    A feature that is not known is left out of that customer's distances, which are then those of the known ones times
    features over known ones (Dixon, 1979).
    """
    treated = treat(clustering.features, matrix)
    distance = squared_distances(treated, clustering.centres)
    probability = probabilities(distance, clustering.sharpness)
    nearest = np.argmin(distance, axis=1)
    known = ~np.isnan(treated)
    ids = np.array([cluster.cluster_id for cluster in clustering.clusters])
    place = np.zeros((len(treated), len(clustering.components)))
    for number, component in enumerate(clustering.components):
        for column, weight in enumerate(component):
            offset = np.where(known[:, column], treated[:, column] - clustering.mean[column], 0)
            place[:, number] += offset * weight
    return Assigned(
        is_known=known.any(axis=1),
        cluster_id=ids[nearest],
        probability=np.round(probability[np.arange(len(treated)), nearest], PROBABILITY_SCALE),
        place=place,
    )


def assign_one(clustering: Clustering, features: Mapping[str, float | None]) -> tuple[int, float] | None:
    """The cluster of one customer and its probability, from columns of customer_features by name; None where none of
    those it needs is known. The same as ``assign`` says of that customer among others.
    """
    row = [features.get(name) for name in clustering.names]
    said = assign(clustering, np.array([[np.nan if value is None else float(value) for value in row]]))
    return (int(said.cluster_id[0]), float(said.probability[0])) if said.is_known[0] else None


def is_above(clustering: Clustering, cluster_id: np.ndarray, values: Mapping[str, np.ndarray]) -> list[bool | None]:
    """On which side of its cluster's split each customer is; None where the cluster has none, or the value is null.

    ``values`` are the columns of ``clustering.split_names``.
    """
    side = np.full(len(cluster_id), np.nan)
    for cluster in clustering.clusters:
        if cluster.split:
            mine = (cluster_id == cluster.cluster_id) & ~np.isnan(values[cluster.split.feature])
            side[mine] = values[cluster.split.feature][mine] > cluster.split.at
    return [None if np.isnan(one) else bool(one) for one in side]


def transformed(transform: str, values: np.ndarray) -> np.ndarray:
    """``values`` after ``none`` or ``log1p``; NaN stays."""
    return np.sign(values) * np.log1p(np.abs(values)) if transform == "log1p" else values


def treat(features: tuple[Scaling, ...], matrix: np.ndarray) -> np.ndarray:
    """``matrix`` with every feature made comparable."""
    return np.column_stack([feature.apply(matrix[:, number]) for number, feature in enumerate(features)])


def squared_distances(treated: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(customers, centres) of Euclidean distances squared; features that are not known are left out."""
    total = np.zeros((len(treated), len(centres)))
    known = np.zeros(len(treated))
    for column in range(treated.shape[1]):
        offset = treated[:, column, None] - centres[None, :, column]
        total += np.where(np.isnan(offset), 0, offset * offset)
        known += ~np.isnan(treated[:, column])
    return total * (treated.shape[1] / np.maximum(known, 1))[:, None]


def probabilities(distance: np.ndarray, sharpness: float) -> np.ndarray:
    """Softmax of distances squared: the same for customers as far from one centre as from another."""
    weight = np.exp(-sharpness * (distance - distance.min(axis=1, keepdims=True)))
    total = np.zeros(len(weight))
    for column in range(weight.shape[1]):
        total += weight[:, column]
    return weight / total[:, None]
