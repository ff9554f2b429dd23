"""Training of the clusters: found at the latest origin whose horizon has passed, judged by what came in it, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.clustering import identity
from ml.clustering.assign import Cluster, Clustering, Scaling, assign, squared_distances, treat
from ml.clustering.fit import Partition, Trial, choose, pairwise, partitions, sample_of, trial_of
from ml.clustering.frame import LaterFrame, later_frame
from ml.clustering.naming import describe, name_clusters
from ml.clustering.plots import Point, dendrogram, k_distance, principal_components, t_sne
from ml.clustering.promotion import compared_with_champion
from ml.clustering.refine import find_split
from ml.clustering.registry import ClusterRegistry, StoredClustering
from ml.clustering.rivals import raw_trials, rival_trials
from ml.clustering.scaling import as_they_are, fit_scaling
from ml.clustering.spec import ClusterSpec, FeatureSpec, load_spec
from ml.clustering.sureness import fit_sharpness, matched
from ml.datasets.frame import business_zone
from ml.datasets.origins import label_end
from regulars import logs, warehouse
from regulars.contracts import Column
from regulars.failpoint import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

MINIMUM_CUSTOMERS = 50
_SCALE = 6
_log = logs.logger("ml")


def train_clusters(
    candidate_folder: Path,
    registry: ClusterRegistry,
    as_of: datetime,
    training_publication_id: str,
    code_version: str,
    columns: Sequence[Column],
) -> str:
    """Find clusters with what was known at ``as_of``; returns the version, saved and compared, not yet promoted.

    The candidate holds customer_features and labels at several origins; ``columns`` are the contract's of that mart.
    An empty text when there are none to be found: the reason is noted, the champion stays, and without one the names of RFM
    are what tells customers apart. Run again it gives the same version.
    """
    spec, champion = load_spec(), registry.champion()
    with warehouse.candidate(candidate_folder, read_only=True) as connection:
        frame = later_frame(connection, [feature.name for feature in spec.features], as_of)
        periods = _two_periods(connection, spec, columns, frame)
    scalings = _scalings(spec, frame)
    if reason := _lacking(frame, scalings):
        return _refused(registry, reason, [])
    assert frame is not None  # noqa: S101 - `_lacking` has told otherwise
    with _one_thread():
        found = _Search(spec, frame, scalings)
        chosen = next((place for place, trial in enumerate(found.trials) if trial.is_chosen), None)
        if chosen is None:
            reason = f"no number of clusters from {spec.fewest} to {spec.most} passes what conf/clusters asks"
            return _refused(registry, reason, found.all_trials())
        failpoint("train.after_fit_before_save")
        card = _card(spec, frame, as_of, training_publication_id, code_version)
        return _saved(registry, found, chosen, champion, card, columns, periods)


class _Search:
    """What was tried among the customers of one frame."""

    def __init__(self, spec: ClusterSpec, frame: LaterFrame, scalings: Mapping[str, Scaling]) -> None:
        self.spec, self.frame = spec, frame
        self.features = [feature for feature in spec.features if feature.name in scalings]
        self.scalings = tuple(scalings[feature.name] for feature in self.features)
        columns = [frame.names.index(feature.name) for feature in self.features]
        known = ~np.isnan(frame.matrix[:, columns]).any(axis=1)
        self.raw, self.later_value = frame.matrix[known][:, columns], frame.later_value[known]
        self.treated = treat(self.scalings, self.raw)
        self.sample = sample_of(len(self.treated))
        self.distance = pairwise(self.treated[self.sample])
        self.partitions = [_by_value(each, self.later_value) for each in partitions(self.treated, spec.fewest, spec.most)]
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


def _saved(
    registry: ClusterRegistry,
    found: _Search,
    chosen: int,
    champion: StoredClustering | None,
    card: dict[str, Any],
    columns: Sequence[Column],
    periods: tuple[LaterFrame, LaterFrame] | None,
) -> str:
    partition = found.partitions[chosen]
    comparison = compared_with_champion(champion, found.spec, found.frame, found.partitions, found.trials)
    before = comparison.pop("before")
    kept = identity.first(len(partition.centres))
    if before is not None and champion:
        kept = identity.continued(partition.labels, len(partition.centres), before, champion.clustering.next_id)
    clustering, error = _clustering(found, partition, kept, columns)
    clustering = _refined(clustering, *periods) if periods else clustering
    quality = {
        "trials": [_rounded(asdict(trial)) for trial in found.all_trials()],
        "points": [asdict(point) for point in _points(found, np.array(kept.ids)[partition.labels])],
        "calibration_error": round(error, _SCALE),
        "explained": principal_components(found.treated)[1].round(_SCALE).tolist(),
        "features": [_described(name, columns) for name in clustering.names],
        "dissolved": {str(name): round(overlap, _SCALE) for name, overlap in kept.dissolved.items()},
    }
    left_out = [name for name in found.frame.names if name not in clustering.names]
    version = registry.save(clustering, {**card, "left_out": left_out, "customers": len(found.treated)}, quality)
    registry.note_comparison(version, {**comparison, "dissolved": quality["dissolved"]})
    _log.info("found %d clusters among %d customers: %s", len(clustering.clusters), len(found.treated), version)
    return version


def _clustering(
    found: _Search, partition: Partition, kept: identity.Continued, columns: Sequence[Column]
) -> tuple[Clustering, float]:
    count = len(partition.centres)
    redrawn = matched(partition.labels, partition.redrawn)
    sharpness, error = fit_sharpness(squared_distances(found.treated, partition.centres), redrawn)
    names, telling = name_clusters(found.features, found.treated, partition.labels, count)
    words = {column.name: str(column.meta.get("label") or "") for column in columns}
    clusters = [
        Cluster(
            cluster_id=kept.ids[place],
            name=names[place],
            description=describe(found.features, telling[place], found.raw[mine], found.raw, words),
            centre=tuple(partition.centres[place].round(_SCALE).tolist()),
            share=round(float(mine.mean()), _SCALE),
            later_value=round(float(found.later_value[mine].mean()), 2),
        )
        for place in range(count)
        for mine in [partition.labels == place]
    ]
    directions, _ = principal_components(found.treated)
    return Clustering(
        features=found.scalings,
        clusters=tuple(sorted(clusters, key=lambda cluster: cluster.cluster_id)),
        sharpness=sharpness,
        mean=tuple(found.treated.mean(axis=0).round(_SCALE).tolist()),
        components=tuple(tuple(row) for row in directions.round(_SCALE).tolist()),
        next_id=kept.next_id,
    ), error


def _described(name: str, columns: Sequence[Column]) -> dict[str, str]:
    meta = next((column.meta for column in columns if column.name == name), {})
    label, unit = meta.get("label") or name.replace("_", " "), meta.get("unit") or ""
    return {"feature": name, "label": str(label), "unit": str(unit)}


def _two_periods(
    connection: duckdb.DuckDBPyConnection, spec: ClusterSpec, columns: Sequence[Column], frame: LaterFrame | None
) -> tuple[LaterFrame, LaterFrame] | None:
    """Every feature of numbers, at the latest origin whose horizon was over at ``frame``'s, and at that; None without."""
    mine = [feature.name for feature in spec.features]
    others = [column.name for column in columns if column.meta.get("feature") and column.type.lower() != "varchar"]
    names = list(dict.fromkeys([*mine, *others]))
    if frame is None or not (before := later_frame(connection, names, frame.origin)):
        return None
    after = later_frame(connection, names, label_end(frame.origin, frame.horizon_days, business_zone(connection)))
    return (before, after) if after else None


def _refined(clustering: Clustering, before: LaterFrame, after: LaterFrame) -> Clustering:
    """The same clusters, each split where a figure learned before tells later value apart after."""
    columns = [before.names.index(name) for name in clustering.names]
    ids = [assign(clustering, frame.matrix[:, columns]).cluster_id for frame in (before, after)]
    clusters = []
    for cluster in clustering.clusters:
        parts = [
            (frame.matrix[mine], frame.later_value[mine])
            for frame, found in zip((before, after), ids, strict=True)
            for mine in [found == cluster.cluster_id]
        ]
        clusters.append(replace(cluster, split=find_split(before.names, *parts[0], *parts[1])))
    return replace(clustering, clusters=tuple(clusters))


def _points(found: _Search, cluster_id: np.ndarray) -> Iterator[Point]:
    treated = found.treated[found.sample]
    yield from k_distance(treated, found.distance)
    yield from dendrogram(treated)
    yield from t_sne(treated, cluster_id[found.sample])


def _by_value(partition: Partition, later_value: np.ndarray) -> Partition:
    """The same clusters, that from which most came later first."""
    count = len(partition.centres)
    means = [later_value[partition.labels == cluster].mean() for cluster in range(count)]
    order = np.argsort(-np.array(means), kind="stable")
    place = np.argsort(order)
    return replace(partition, centres=partition.centres[order], labels=place[partition.labels], redrawn=place[partition.redrawn])


def _scalings(spec: ClusterSpec, frame: LaterFrame | None) -> dict[str, Scaling]:
    """By name those features that vary among customers of whom all are known."""
    if frame is None:
        return {}
    fitted = {feature.name: _scaling(feature, frame.matrix[:, place]) for place, feature in enumerate(spec.features)}
    return {name: scaling for name, scaling in fitted.items() if scaling}


def _scaling(feature: FeatureSpec, values: np.ndarray) -> Scaling | None:
    return fit_scaling(feature, values[~np.isnan(values)])


def _lacking(frame: LaterFrame | None, scalings: Mapping[str, Scaling]) -> str | None:
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


def _refused(registry: ClusterRegistry, reason: str, trials: Sequence[Trial]) -> str:
    registry.refuse(reason, {"trials": [_rounded(asdict(trial)) for trial in trials]})
    _log.warning("no clusters were found: %s; names of RFM go on", reason)
    return ""


def _card(
    spec: ClusterSpec, frame: LaterFrame, as_of: datetime, publication_id: str, code_version: str
) -> dict[str, Any]:
    return {
        "model": "clusters",
        "as_of": as_of.isoformat(),
        "origin": frame.origin.isoformat(),
        "horizon_days": frame.horizon_days,
        "training_publication_id": publication_id,
        "code_version": code_version,
        "parameters": asdict(spec),
    }


def _rounded(trial: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, _SCALE) if isinstance(value, float) else value for name, value in trial.items()}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums of several threads differ from run to run, and small problems gain nothing by them.

    What starts threads is imported first: a limit is set for what is there.
    """
    import scipy.linalg  # noqa: F401
    import sklearn.cluster
    import sklearn.manifold  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
