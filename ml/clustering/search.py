"""Everything that is tried among the customers of one frame, and why nothing can be tried where that is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module

import numpy as np

from ml.clustering.assign import Scaling, treat
from ml.clustering.fit import Partition, Trial, choose, pairwise, partitions, sample_of, trial_of
from ml.clustering.frame import LaterFrame
from ml.clustering.plots import Point, dendrogram, k_distance, t_sne
from ml.clustering.rivals import raw_trials, rival_trials
from ml.clustering.scaling import fit_scaling
from ml.clustering.spec import ClusterSpec

MINIMUM_CUSTOMERS = 50
"""With fewer nothing is looked for."""


class Search:
    """What was tried among the customers of one frame."""

    def __init__(self, spec: ClusterSpec, frame: LaterFrame, scalings: Mapping[str, Scaling]) -> None:
        self.spec, self.frame = spec, frame
        self.features = [feature for feature in spec.features if feature.name in scalings]
        self.scalings = tuple(scalings[feature.name] for feature in self.features)
        columns = [frame.names.index(feature.name) for feature in self.features]
        self.known = ~np.isnan(frame.matrix[:, columns]).any(axis=1)
        self.raw, self.later_value = frame.matrix[self.known][:, columns], frame.later_value[self.known]
        self.treated = treat(self.scalings, self.raw)
        self.sample = sample_of(len(self.treated))
        self.distance = pairwise(self.treated[self.sample])
        found = partitions(self.treated, spec.fewest, spec.most)
        self.partitions = [_by_value(partition, self.later_value) for partition in found]
        tried = [trial_of(each, self.later_value, self.distance, self.sample) for each in self.partitions]
        self.trials = choose(spec, tried)

    def all_trials(self) -> list[Trial]:
        """The attempts of k-means, of k-means without treatment, and of the rivals."""
        treated, later = self.treated[self.sample], self.later_value[self.sample]
        return [
            *self.trials,
            *raw_trials(self.spec, self.raw, self.later_value, self.sample),
            *rival_trials(self.spec, treated, self.distance, later),
        ]

    def points(self, cluster_id: np.ndarray) -> Iterator[Point]:
        """What plots draw that cannot be drawn from figures; ``cluster_id`` of each customer."""
        treated = self.treated[self.sample]
        yield from k_distance(treated, self.distance)
        yield from dendrogram(treated)
        yield from t_sne(treated, cluster_id[self.sample])


def fit_scalings(spec: ClusterSpec, frame: LaterFrame | None) -> dict[str, Scaling]:
    """By name those features that vary among customers of whom all are known."""
    if frame is None:
        return {}
    known = {feature: frame.matrix[:, place] for place, feature in enumerate(spec.features)}
    fitted = {feature.name: fit_scaling(feature, values[~np.isnan(values)]) for feature, values in known.items()}
    return {name: scaling for name, scaling in fitted.items() if scaling}


def lacking(frame: LaterFrame | None, scalings: Mapping[str, Scaling]) -> str | None:
    """Why no clusters can be found at all; None when they can be looked for."""
    if frame is None:
        return "no horizon after enough history of orders has passed yet"
    known = ~np.isnan(frame.matrix[:, [frame.names.index(name) for name in scalings]]).any(axis=1)
    if known.sum() < MINIMUM_CUSTOMERS:
        return f"{known.sum()} customers with all features known, fewer than {MINIMUM_CUSTOMERS}"
    if len(scalings) < 2:
        constant = ", ".join(name for name in frame.names if name not in scalings)
        return f"fewer than two features vary: {constant} have one value only"
    if len(np.unique(frame.later_value[known])) < 2:
        return f"everybody brought the same in the {frame.horizon_days} days after: nothing tells clusters apart"
    return None


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums of several threads differ from run to run, and small problems gain nothing by them.

    What starts threads is imported first: a limit is set for what is there.
    """
    from threadpoolctl import threadpool_limits

    for name in ("scipy.linalg", "sklearn.cluster", "sklearn.manifold"):
        import_module(name)
    with threadpool_limits(1):
        yield


def _by_value(partition: Partition, later_value: np.ndarray) -> Partition:
    """The same clusters, that from which most came later first."""
    count = len(partition.centres)
    means = [later_value[partition.labels == cluster].mean() for cluster in range(count)]
    order = np.argsort(-np.array(means), kind="stable")
    place = np.argsort(order)
    return replace(
        partition,
        centres=partition.centres[order],
        labels=place[partition.labels],
        redrawn=place[partition.redrawn],
    )
