"""Whatever is learned each month, by its name: the models of `conf/models`, and the clusters of `conf/clusters`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ml.clustering.spec import CLUSTERS, is_declared
from ml.models.spec import load_spec, spec_names
from regulars import contracts


def names() -> list[str]:
    """What is learned, in the order in which it is: models by name, then clusters where they are declared."""
    return [*spec_names(), *([CLUSTERS] if is_declared() else [])]


def train(name: str, frames: Path, models: Path, as_of: datetime, publication_id: str, code_version: str) -> str:
    """Learn ``name`` from the candidate ``frames``; returns the version, an empty text where no clusters can be found.

    Raises TrainingRefused for a model there is too little to learn of.
    """
    if name == CLUSTERS:
        from ml.clustering.registry import ClusterRegistry
        from ml.clustering.train import train_clusters

        columns = contracts.columns("customer_features")
        return train_clusters(frames, ClusterRegistry(models), as_of, publication_id, code_version, columns)
    from ml.models.train import train as fit
    from ml.registry.store import Registry

    return fit(name, frames, Registry(models), as_of, publication_id, code_version, contracts.features())


def weigh(models: Path, versions: Mapping[str, str], *, ask: bool) -> list[dict[str, Any]]:
    """Promote each of ``versions`` by name that should be, and say why; with ``ask`` some wait for a person.

    A model with an empty version was not trained, and nothing is said of it; clusters say why there are none.
    """
    trained = [(name, version) for name, version in versions.items() if version or name == CLUSTERS]
    return [_weighed(models, name, version, ask=ask, reason=None) for name, version in trained]


def promote(models: Path, decisions: Sequence[dict[str, Any]], reason: str) -> list[dict[str, Any]]:
    """Promote those that waited for a person, who has agreed."""
    waiting = [(decision["model"], decision["version"]) for decision in decisions if decision["waits"]]
    return [_weighed(models, name, version, ask=False, reason=reason) for name, version in waiting]


def _weighed(models: Path, name: str, version: str, *, ask: bool, reason: str | None) -> dict[str, Any]:
    if name == CLUSTERS:
        from ml.clustering.promotion import weigh as weigh_clusters
        from ml.clustering.registry import ClusterRegistry

        return weigh_clusters(ClusterRegistry(models), version, ask=ask, reason=reason)
    from ml.registry.promotion import promote_if_better
    from ml.registry.store import Registry

    return promote_if_better(Registry(models), load_spec(name), version, ask=ask, reason=reason)
