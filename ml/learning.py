"""Whatever is learned each month, by its name: the models of `conf/models`, forecasts, and the clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.clustering.spec import CLUSTERS, is_declared
from ml.models.spec import load_spec, log_names, spec_names
from regulars import contracts

if TYPE_CHECKING:
    from ml.registry.versions import Versions


def names() -> list[str]:
    """What is learned, in this order: models by name, forecasts, then clusters where they are declared."""
    return [*spec_names(), *log_names(), *([CLUSTERS] if is_declared() else [])]


def registry_of(models: Path, name: str) -> Versions:
    """Where versions of ``name`` are kept, below ``models``. Raises UsageError with the nearest name."""
    if name == CLUSTERS:
        from ml.clustering.registry import ClusterRegistry

        return ClusterRegistry(models)
    if load_spec(name).learner == "log":
        from ml.forecast.registry import ForecastRegistry

        return ForecastRegistry(models)
    from ml.registry.store import Registry

    return Registry(models)


def train(name: str, frames: Path, models: Path, as_of: datetime, publication_id: str, code_version: str) -> str:
    """Learn ``name`` from the candidate ``frames``; returns the version, an empty text where no clusters can be found
    or a log is too short for a forecast.

    Raises TrainingRefused for a model there is too little to learn of.
    """
    registry: Any = registry_of(models, name)
    if name == CLUSTERS:
        from ml.clustering.train import train_clusters

        return train_clusters(
            frames, registry, as_of, publication_id, code_version, contracts.columns("customer_features")
        )
    if name in log_names():
        from ml.forecast.train import train_forecast

        return train_forecast(name, frames, registry, as_of, publication_id, code_version)
    from ml.models.train import train as fit

    return fit(name, frames, registry, as_of, publication_id, code_version, contracts.features())


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
    registry: Any = registry_of(models, name)
    if name == CLUSTERS:
        from ml.clustering.promotion import weigh as weigh_clusters

        return weigh_clusters(registry, version, ask=ask, reason=reason)
    from ml.registry.promotion import promote_if_better

    return promote_if_better(registry, load_spec(name), version, ask=ask, reason=reason)
