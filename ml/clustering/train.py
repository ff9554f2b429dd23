"""Training of the clusters: found at the latest origin whose horizon has passed, judged by what came in it, kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.clustering import identity
from ml.clustering.assign import Cluster, Clustering, assign, squared_distances
from ml.clustering.fit import Partition, Trial
from ml.clustering.frame import LaterFrame, is_number, later_frame
from ml.clustering.naming import describe, name_clusters
from ml.clustering.plots import principal_components
from ml.clustering.promotion import compared_with_champion
from ml.clustering.refine import find_split
from ml.clustering.registry import ClusterRegistry
from ml.clustering.search import Search, fit_scalings, lacking, one_thread
from ml.clustering.spec import CLUSTERS, ClusterSpec, load_spec
from ml.clustering.sureness import fit_sharpness, matched
from ml.datasets.frame import business_zone
from ml.datasets.origins import label_end
from regulars import logs, warehouse
from regulars.contracts import Column
from regulars.failpoint import failpoint

if TYPE_CHECKING:
    import duckdb

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
    An empty text when there are none to be found: the reason is noted, the champion stays, and without one the names
    of RFM are what tells customers apart. Run again it gives the same version.
    """
    spec = load_spec()
    with warehouse.candidate(candidate_folder, read_only=True) as connection:
        frame = later_frame(connection, [feature.name for feature in spec.features], as_of)
        periods = _two_periods(connection, spec, columns, frame)
    scalings = fit_scalings(spec, frame)
    if reason := lacking(frame, scalings):
        return _refused(registry, reason, [])
    assert frame is not None  # noqa: S101 - `lacking` has told otherwise
    with one_thread():
        found = Search(spec, frame, scalings)
        chosen = next((place for place, trial in enumerate(found.trials) if trial.is_chosen), None)
        if chosen is None:
            reason = f"no number of clusters from {spec.fewest} to {spec.most} passes what conf/clusters asks"
            return _refused(registry, reason, found.all_trials())
        failpoint("train.after_fit_before_save")
        card = _card(spec, frame, as_of, training_publication_id, code_version)
        return _saved(registry, found, chosen, card, columns, periods)


def _saved(
    registry: ClusterRegistry,
    found: Search,
    chosen: int,
    card: dict[str, Any],
    columns: Sequence[Column],
    periods: tuple[LaterFrame, LaterFrame] | None,
) -> str:
    partition = found.partitions[chosen]
    tried = list(zip(found.partitions, found.trials, strict=True))
    comparison = compared_with_champion(registry, found.spec, found.frame, found.known, tried)
    before, count, next_id = comparison.pop("before"), len(partition.centres), registry.next_id()
    kept = identity.first(count, next_id)
    if before is not None:
        kept = identity.continued(partition.labels, count, before, next_id)
    clustering, error = _clustering(found, partition, kept, columns)
    clustering = _refined(clustering, *periods) if periods else clustering
    quality = {
        "trials": [_rounded(asdict(trial)) for trial in found.all_trials()],
        "points": [asdict(point) for point in found.points(np.array(kept.ids)[partition.labels])],
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
    found: Search, partition: Partition, kept: identity.Continued, columns: Sequence[Column]
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
    """All features of numbers at ``frame``'s origin, and at the latest whose horizon was over by then; None without."""
    mine = [feature.name for feature in spec.features]
    others = [column.name for column in columns if column.meta.get("feature") and is_number(column.type)]
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


def _refused(registry: ClusterRegistry, reason: str, trials: Sequence[Trial]) -> str:
    registry.refuse(reason, {"trials": [_rounded(asdict(trial)) for trial in trials]})
    _log.warning("no clusters were found: %s; names of RFM go on", reason)
    return ""


def _card(
    spec: ClusterSpec, frame: LaterFrame, as_of: datetime, publication_id: str, code_version: str
) -> dict[str, Any]:
    return {
        "model": CLUSTERS,
        "as_of": as_of.isoformat(),
        "origin": frame.origin.isoformat(),
        "horizon_days": frame.horizon_days,
        "training_publication_id": publication_id,
        "code_version": code_version,
        "parameters": asdict(spec),
    }


def _rounded(trial: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, _SCALE) if isinstance(value, float) else value for name, value in trial.items()}
