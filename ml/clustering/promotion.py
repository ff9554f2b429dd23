"""Which clustering assigns customers: the one in use stays while its clusters are found again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ml.clustering.assign import assign
from ml.clustering.fit import STABILITY, Partition, Trial, obstacles
from ml.clustering.frame import LaterFrame
from ml.clustering.measures import agreement
from ml.clustering.registry import ClusterRegistry
from ml.clustering.spec import CLUSTERS, ClusterSpec
from regulars import logs

Tried = tuple[Partition, Trial]
_log = logs.logger("ml")


def compared_with_champion(
    registry: ClusterRegistry, spec: ClusterSpec, frame: LaterFrame, known: np.ndarray, tried: Sequence[Tried]
) -> dict[str, Any]:
    """What a training found of the champion: ``before``, the cluster it gives each ``known`` customer of ``frame``, or
    None; ``champion``; ``agreement`` with the same number of clusters found anew; whether it ``holds``, and
    the ``basis`` of that.

    It holds where those clusters are found again as surely as `conf/clusters` asks of any, and still pass the rest.
    """
    pointer, champion = registry.pointer(CLUSTERS), registry.usable_champion()
    if pointer is None:
        return _compared(None, "there was no champion")
    if champion is None:
        return _compared(pointer["version"], "the champion's files were changed, so it cannot assign anybody")
    if not set(champion.clustering.names) <= set(frame.names):
        return _compared(champion.version, "the champion was made of features that conf/clusters no longer names")
    columns = [frame.names.index(name) for name in champion.clustering.names]
    before = assign(champion.clustering, frame.matrix[known][:, columns]).cluster_id
    count = len(champion.clustering.clusters)
    same = next(((partition, trial) for partition, trial in tried if trial.clusters == count), None)
    if same is None:
        return _compared(champion.version, f"{count} clusters are no longer tried", before)
    again = agreement(before, same[0].labels)
    basis = f"its {count} clusters and those found anew agree by {again:.3f} (adjusted Rand index)"
    holds = again >= spec.stability_at_least and not any(obstacles(spec, same[1], besides=STABILITY))
    return {**_compared(champion.version, basis, before), "agreement": round(again, 6), "holds": holds}


def weigh(registry: ClusterRegistry, version: str, *, ask: bool = False, reason: str | None = None) -> dict[str, Any]:
    """Promote ``version`` where the champion does not hold; returns model, version, promoted, waits, text and reasons.

    With ``ask`` a version under which a cluster in use dissolves ``waits`` for a person instead, for whom ``text`` is.
    """
    decision = {"model": CLUSTERS, "version": version, "promoted": False, "waits": False, "comparison": None}
    if not version:
        return {**decision, "text": "", "reasons": [(registry.refused() or {}).get("reason", "it was refused")]}
    pointer = registry.pointer(CLUSTERS)
    if pointer and pointer["version"] == version:
        return {**decision, "text": "", "reasons": ["it is the champion already"]}
    comparison = registry.comparison(version)
    if comparison["champion"] != (pointer and pointer["version"]):
        return {**decision, "text": "", "reasons": ["it has not been compared with the champion there is now"]}
    if comparison["holds"]:
        return {**decision, "text": "", "reasons": [f"the champion holds: {comparison['basis']}"]}
    waits = ask and bool(comparison["dissolved"])
    if not waits:
        registry.promote(CLUSTERS, version, reason=reason)
    told = [comparison["basis"], *_dissolved(comparison)]
    for alarm in _dissolved(comparison):
        _log.warning("%s", alarm)
    text = "\n".join(f"- {one}" for one in told)
    return {**decision, "promoted": not waits, "waits": waits, "text": text, "reasons": told}


def _dissolved(comparison: dict[str, Any]) -> list[str]:
    return [
        f"cluster {name} dissolves: no new one shares more than half of its customers (at most {overlap:.0%})"
        for name, overlap in sorted(comparison["dissolved"].items())
    ]


def _compared(champion: str | None, basis: str, before: np.ndarray | None = None) -> dict[str, Any]:
    return {"champion": champion, "basis": basis, "before": before, "agreement": None, "holds": False}
