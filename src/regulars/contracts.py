"""Tables and columns, read from dbt's manifest: the one list of what the marts are."""

from __future__ import annotations

import json
import re
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


_JOINED = re.compile(r"join\s+\{\{\s*ref\('(\w+)'\)\s*\}\}\s+as\s+(\w+)")
_PART = re.compile(r"\b(\w+)\.(\w+)")


def manifest_path() -> Path:
    """Where dbt leaves the manifest of this home."""
    return config.home().root / "dbt" / "manifest.json"


@cache
def _models(path: Path, _version: int) -> dict[str, dict[str, Any]]:
    nodes = json.loads(path.read_text())["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


def _all_models() -> dict[str, dict[str, Any]]:
    path = manifest_path()
    if not path.exists():
        raise RegularsError("dbt has not been run in this home", where=str(path), next_step="run `make run`")
    return _models(path, path.stat().st_mtime_ns)


def _mart_models() -> dict[str, dict[str, Any]]:
    return {name: node for name, node in _all_models().items() if node["schema"] == "marts"}


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


def moment_features(model: str) -> list[Column]:
    """The columns of an intermediate ``model`` that models of moments learn from, in the order they are declared.

    Raises UsageError for a model the project has not got.
    """
    known = {name: node for name, node in _all_models().items() if node["schema"] == "intermediate"}
    if model not in known:
        raise UsageError(f"There is no model '{model}'. {did_you_mean(model, known)}")
    entries = known[model]["columns"].items()
    found = [Column(name, entry["data_type"] or "", entry["description"], entry["meta"]) for name, entry in entries]
    return [column for column in found if column.meta.get("feature")]


def entities_behind_features() -> dict[str, frozenset[str]]:
    """By feature of ``customer_features``, the landed entities (``<source>__<entity>``) its tables are made of.

    Told by the tables a column is taken from and dbt's graph: an entity that feeds such a table counts, whether this
    very column needs it or not.
    """
    sql = str(_mart_models()["customer_features"]["raw_code"])
    models = {alias: model for model, alias in _JOINED.findall(sql)}
    made_from: dict[str, set[str]] = {}
    for alias, column in _PART.findall(sql):
        if alias in models:
            made_from.setdefault(column, set()).add(models[alias])
    parents = json.loads(manifest_path().read_text())["parent_map"]
    return {
        column.name: frozenset().union(*(_landed_above(f"model.regulars.{model}", parents) for model in found))
        for column in features()
        if (found := made_from.get(column.name))
    }


def _landed_above(node: str, parents: dict[str, list[str]]) -> frozenset[str]:
    seen, waiting = {node}, [node]
    while waiting:
        above = [parent for parent in parents.get(waiting.pop(), []) if parent not in seen]
        seen.update(above)
        waiting.extend(above)
    place = "source.regulars.landed."
    return frozenset(name.removeprefix(place) for name in seen if name.startswith(place) and "__" in name)
