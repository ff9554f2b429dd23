"""What is in the registry, for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ml.models.spec import spec_names
from ml.registry.store import Registry


def list_versions(models: Path) -> list[dict[str, Any]]:
    """One mapping a version of each model: model, version, is_champion. Empty before the first training."""
    registry = Registry(models)
    rows = []
    for name in spec_names():
        champion = (registry.pointer(name) or {}).get("version")
        rows += [
            {"model": name, "version": version, "is_champion": version == champion}
            for version in registry.versions(name)
        ]
    return rows
