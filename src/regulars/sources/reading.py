"""Contracts read from ``conf/sources``, and which of them a world takes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from regulars import config
from regulars.config import World
from regulars.errors import UsageError, did_you_mean
from regulars.sources.checks import check
from regulars.sources.column import Column
from regulars.sources.contract import Enrichment, SourceEntity, Written
from regulars.sources.kinds import load_kind

_OF_A_FILE = ("digest_of", "label", "may_lack", "part", "path", "value", "words")
"""What a contract says of a column of its kind; all else the kind says."""


@cache
def load_entity(name: str) -> SourceEntity:
    """The contract ``<source>__<entity>``. Raises UsageError with the nearest name, or with what contradicts itself."""
    folder = config.CONF / "sources"
    known = {path.stem for path in folder.glob("*.yml")}
    if name not in known:
        raise UsageError(f"There is no source entity '{name}'. {did_you_mean(name, known)}", where=str(folder))
    path = folder / f"{name}.yml"
    entity = entity_of(config.load_yaml(path), path)
    if entity.name != name:
        raise UsageError(f"The file must be called '{entity.name}.yml'", where=str(path))
    return entity


def entity_of(raw: dict[str, Any], path: Path) -> SourceEntity:
    """The contract the mapping ``raw`` of the file ``path`` says. Raises UsageError where it contradicts itself."""
    raw = dict(raw)
    raw["columns"] = tuple(_column(_of_kind(raw.get("kind"), column, path)) for column in raw["columns"])
    if written := raw.get("written"):
        raw["written"] = Written(**{**written, "times": tuple(written.get("times", ()))})
    if bought := raw.get("enriches"):
        raw["enriches"] = Enrichment(**{**bought, "by": tuple(bought["by"])})
    raw["null_values"], raw["key"] = tuple(raw["null_values"]), tuple(raw.get("key", ()))
    entity = SourceEntity(**raw)
    check(entity, path)
    return entity


def load_all() -> tuple[SourceEntity, ...]:
    """Every contract of ``conf/sources``, by name."""
    return tuple(load_entity(path.stem) for path in sorted((config.CONF / "sources").glob("*.yml")))


def load_entities(world: World) -> tuple[SourceEntity, ...]:
    """The contracts a world takes, required ones first."""
    return tuple(load_entity(name) for name in world.entities)


def of_source(world: World, source: str) -> tuple[SourceEntity, ...]:
    """The contracts of one source of a world. Raises UsageError for a source it does not have."""
    every = load_entities(world)
    found = tuple(entity for entity in every if entity.source == source)
    if not found:
        known = {entity.source for entity in every}
        raise UsageError(f"The world '{world.name}' has no source '{source}'. {did_you_mean(source, known)}")
    return found


def _of_kind(kind: str | None, column: dict[str, Any], path: Path) -> dict[str, Any]:
    """A column as its contract and its kind say; type, person and bounds are the kind's alone."""
    if kind is None:
        if "type" not in column:
            raise UsageError(f"Column '{column['name']}' has no type", where=str(path))
        return column
    known = {one.name: one for one in load_kind(kind).columns}
    if column["name"] not in known:
        near = did_you_mean(column["name"], known)
        raise UsageError(f"The kind '{kind}' has no column '{column['name']}'. {near}", where=str(path))
    if more := sorted(set(column) - {"name", *_OF_A_FILE}):
        raise UsageError(f"'{more[0]}' of column '{column['name']}' is said by the kind '{kind}'", where=str(path))
    kinds = known[column["name"]]
    return {**vars(kinds), **column, "words": kinds.words | column.get("words", {})}


def _column(raw: dict[str, Any]) -> Column:
    return Column(**raw | {"digest_of": tuple(raw.get("digest_of", ()))})
