"""Tables and columns, read from dbt's manifest: the one list of what the marts are."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from regulars import config
from regulars.errors import RegularsError, UsageError, did_you_mean


@dataclass(frozen=True)
class Column:
    """One column of a mart: its SQL type and what its dbt ``meta`` says (feature, unit, window, null_means, values)."""

    name: str
    type: str
    description: str
    meta: dict[str, Any] = field(hash=False, default_factory=dict)


def manifest_path() -> Path:
    """Where dbt leaves the manifest of this home."""
    return config.home().root / "dbt" / "manifest.json"


@cache
def _models(path: Path, _version: int) -> dict[str, dict[str, Any]]:
    nodes = json.loads(path.read_text())["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


def _mart_models() -> dict[str, dict[str, Any]]:
    path = manifest_path()
    if not path.exists():
        raise RegularsError("dbt has not been run in this home", where=str(path), next_step="run `make run`")
    models = _models(path, path.stat().st_mtime_ns)
    return {name: node for name, node in models.items() if node["schema"] == "marts"}


def marts() -> dict[str, str]:
    """Description of each mart by its name; the description gives grain and key."""
    return {name: node["description"] for name, node in sorted(_mart_models().items())}


def columns(table: str) -> list[Column]:
    """The columns of a mart in the order of its contract. Raises UsageError for an unknown mart."""
    models = _mart_models()
    if table not in models:
        raise UsageError(f"There is no mart '{table}'. {did_you_mean(table, models)}")
    return [
        Column(name, entry["data_type"], entry["description"], entry["meta"])
        for name, entry in models[table]["columns"].items()
    ]


def features() -> list[Column]:
    """The columns of ``customer_features`` the models learn from, in the order of the contract."""
    return [column for column in columns("customer_features") if column.meta.get("feature")]
