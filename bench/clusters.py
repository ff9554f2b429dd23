"""The clusters that assign customers beside other ways to find them, as their training measured all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.blocks import Block, Figures, Goal
from ml.clustering.fit import SEED
from ml.clustering.registry import ClusterRegistry
from ml.clustering.spec import load_spec

_FIGURES = {
    "clusters": "clusters",
    "stability": "stability",
    "smallest_share": "smallest",
    "later_value": "later value",
    "silhouette": "silhouette",
}


def clusters(registry: ClusterRegistry) -> Iterator[Block]:
    """The chosen clusters; of every other way the number of clusters with the best silhouette, by which most choose."""
    champion = registry.champion()
    if champion is None:
        return
    spec, trials = load_spec(), champion.quality["trials"]
    chosen = next(trial for trial in trials if trial["is_chosen"])
    rivals: dict[str, dict[str, Any]] = {}
    for trial in sorted(trials, key=lambda one: one["silhouette"] or 0.0):
        if not trial["is_chosen"]:
            rivals[f"{trial['algorithm'].replace('_', ' ')}, by silhouette"] = trial
    yield Block(
        f"clusters · {chosen['customers']:,} customers · later value: share of its ranks' variance told apart",
        str(SEED),
        {"k-means of treated features": _told(chosen)} | {name: _told(trial) for name, trial in rivals.items()},
        goals={
            "stability": Goal(spec.stability_at_least, is_floor=True),
            "smallest": Goal(spec.smallest_share_at_least, is_floor=True),
        },
    )


def _told(trial: Mapping[str, Any]) -> Figures:
    return {label: None if trial[name] is None else float(trial[name]) for name, label in _FIGURES.items()}
