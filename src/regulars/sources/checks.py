"""Whether a contract contradicts itself."""

from __future__ import annotations

from pathlib import Path

from regulars.errors import UsageError, did_you_mean
from regulars.sources.column import Column
from regulars.sources.contract import SourceEntity
from regulars.sources.kinds import load_kind


def check(entity: SourceEntity, path: Path) -> None:
    """Raise UsageError, with the nearest name, where the contract of the file ``path`` contradicts itself."""
    by_name = {column.name: column for column in entity.columns}
    if len(by_name) < len(entity.columns):
        raise UsageError("A column is declared twice", where=str(path))
    for role, names in (("key", entity.key), ("event_time", (entity.event_time,) if entity.event_time else ())):
        for name in names:
            if name not in by_name:
                raise UsageError(f"{role} names no column: '{name}'. {did_you_mean(name, by_name)}", where=str(path))
            if by_name[name].personal or not (by_name[name].required or (entity.kind and role == "event_time")):
                raise UsageError(f"Column '{name}' in {role} must be required and not personal", where=str(path))
    if entity.personal_columns and not entity.key:
        raise UsageError("Personal columns are kept by the key, and there is no key", where=str(path))
    if entity.history and not entity.event_time:
        raise UsageError("A history load needs event_time: each row is known by when it happened", where=str(path))
    if entity.event_time and by_name[entity.event_time].type not in ("timestamp", "date"):
        raise UsageError(f"event_time '{entity.event_time}' must be a timestamp or a date", where=str(path))
    formed = [column.name for column in entity.columns if column.format and column.type != "text"]
    if formed:
        raise UsageError(f"Only text has a format, and column '{formed[0]}' is none", where=str(path))
    if entity.format == "csv" and any(column.path for column in entity.columns):
        raise UsageError("Columns of a csv have no path", where=str(path))
    _check_derived(entity, path)
    _check_enrichment(entity, by_name, path)
    _check_kind(entity, path)


def _check_derived(entity: SourceEntity, path: Path) -> None:
    texts = {column.name for column in entity.typed_columns if column.type == "text"}
    for column in entity.columns:
        for name in filter(None, (column.length_of, column.sentiment_of, column.language_in)):
            if name not in texts:
                told = f"Column '{column.name}' is made from '{name}', which is no text of the contract"
                raise UsageError(f"{told}. {did_you_mean(name, texts)}", where=str(path))
        wanted = "integer" if column.sentiment_of else "text"
        if column.is_derived and (column.type != wanted or column.required or column.personal):
            raise UsageError(
                f"Column '{column.name}' is made while landing: {wanted}, not required, not personal", where=str(path)
            )


def _check_enrichment(entity: SourceEntity, by_name: dict[str, Column], path: Path) -> None:
    if entity.enriches is None:
        return
    named = [column for identifier in entity.enriches.by for column in identifier.values()]
    for name, wanted in [*((name, "text") for name in named), (entity.enriches.dated_by, "date")]:
        if name not in by_name or by_name[name].type != wanted:
            near = did_you_mean(name, [column.name for column in entity.columns if column.type == wanted])
            raise UsageError(f"enriches names no {wanted} of the contract: '{name}'. {near}", where=str(path))
    if not by_name[entity.enriches.dated_by].required or not entity.key:
        raise UsageError("Bought data need a key, and of when they are in every row", where=str(path))


def _check_kind(entity: SourceEntity, path: Path) -> None:
    if entity.kind is None:
        if entity.written or any(column.label or column.value or column.words for column in entity.columns):
            raise UsageError("Labels, values, words and ways of writing need a kind", where=str(path))
        if not entity.is_json and any(column.digest_of for column in entity.columns):
            raise UsageError("A hash of labels needs a kind", where=str(path))
        return
    if not entity.is_json:
        labels = {column.header for column in entity.read_columns}
        for label in (label for column in entity.columns for label in column.digest_of if label not in labels):
            near = did_you_mean(label, labels)
            raise UsageError(f"digest_of names the label of no column: '{label}'. {near}", where=str(path))
    wanted = load_kind(entity.kind).key
    if entity.key != wanted:
        raise UsageError(f"The key of the kind '{entity.kind}' is {list(wanted)}", where=str(path))
