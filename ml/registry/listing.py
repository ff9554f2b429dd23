"""What is in the registry, for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ml.learning import registry_of
from ml.models.spec import load_spec, log_names, moment_names, spec_names
from ml.registry.store import Registry
from ml.registry.versions import Versions
from regulars.errors import DataHeld


def list_versions(models: Path, names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """One mapping a version of each model (or those of ``names``), the latest trained first.

    model, version, is_champion, as_of (what it could know), metric, figure and baseline of its own trial, is_whole. The
    figures are null where its files were changed. Empty before the first training.
    """
    registries = {name: registry_of(models, name) for name in names or _names()}
    return [_row(held, name, version) for name, held in registries.items() for version in held.versions(name)]


def learned_features(models: Path) -> list[str]:
    """The features the champions learned from, sorted, each once; empty before the first promotion."""
    registry = Registry(models)
    champions = [champion for name in spec_names() if (champion := registry.champion(name))]
    return sorted({feature.name for champion in champions for feature in champion.ensemble.features})


def _names() -> list[str]:
    return [*spec_names(), *moment_names(), *log_names()]


def _row(registry: Versions, name: str, version: str) -> dict[str, Any]:
    metric = load_spec(name).promotion_metric
    row = {
        "model": name,
        "version": version,
        "is_champion": version == (registry.pointer(name) or {}).get("version"),
        "as_of": registry.trained_as_of(name, version),
        "metric": metric,
        "figure": None,
        "baseline": None,
        "is_whole": False,
    }
    try:
        metrics = registry.load(name, version).quality["metrics"]
    except DataHeld:
        return row
    return row | {"figure": metrics["model"][metric], "baseline": metrics["baseline"][metric], "is_whole": True}


def listing_text(rows: Sequence[dict[str, Any]]) -> str:
    """The same as lines."""
    if not rows:
        return "No model has been trained yet; baselines score."
    return "\n".join(_line(row) for row in rows)


def _line(row: dict[str, Any]) -> str:
    figures = f"{row['metric']} {row['figure']} (baseline {row['baseline']})" if row["is_whole"] else "changed: denied"
    trained = f"trained as of {row['as_of']:%Y-%m-%d}"
    return f"{row['model']:15} {row['version']}  {trained}  {figures}{'  champion' if row['is_champion'] else ''}"
