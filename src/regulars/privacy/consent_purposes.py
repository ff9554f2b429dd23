"""What customers may agree or object to: `conf/consent/purposes.yml`, checked against the contracts it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from regulars import config
from regulars.errors import UsageError, did_you_mean
from regulars.sources import Kind, SourceEntity, load_entity, load_kind, load_kinds
from regulars.warehouse import quoted

FILE = "purposes.yml"
PROFILING = "profiling"
"""The purpose models look for: who does not allow it is neither learned from nor scored."""


@dataclass(frozen=True)
class Answer:
    """Which columns of a landed view say yes or no, of which record, and since when.

    ``view``: that of a source's entity, or of a kind. ``source`` and ``record_key``: SQL that says whose row it is.
    ``effective_at``: columns that say when, the first one that is not empty counts.
    """

    view: str
    source: str
    record_key: str
    column: str
    effective_at: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """A version of the text people are shown, from its first day on, 00:00 UTC, until the next one; None: still."""

    version: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True)
class Purpose:
    """One purpose on one channel. ``basis`` says what silence means: `opt_in` no, `opt_out` yes."""

    purpose: str
    channel: str
    basis: str
    jurisdiction: str
    description: str
    policies: tuple[Policy, ...]
    answers: tuple[Answer, ...]


def load_purposes() -> tuple[Purpose, ...]:
    """Every purpose and channel, in the order of the file.

    Raises UsageError with file, line and the nearest right word when an answer names no entity or column, a pair stands
    twice, versions of a policy are not in order, or the purpose models look for is gone.
    """
    path = config.CONF / "consent" / FILE
    found = [
        _purpose(path, entry, inner, ["purposes", number, "channels", place])
        for number, entry in enumerate(config.load_yaml(path)["purposes"])
        for place, inner in enumerate(entry["channels"])
    ]
    pairs = [(one.purpose, one.channel) for one in found]
    for pair in pairs:
        if pairs.count(pair) > 1:
            raise UsageError(f"'{pair[0]}' on the channel '{pair[1]}' stands twice", where=str(path))
    if PROFILING not in {one.purpose for one in found}:
        raise UsageError(
            f"There is no purpose '{PROFILING}'. {did_you_mean(PROFILING, {one.purpose for one in found})}",
            where=str(path),
            next_step="name it so: models leave out who does not allow it",
        )
    return tuple(found)


def _purpose(path: Path, entry: dict[str, Any], inner: dict[str, Any], steps: list[str | int]) -> Purpose:
    answers = tuple(
        _answer(path, said, [*steps, "answers", number]) for number, said in enumerate(inner.get("answers", ()))
    )
    policies = _policies(path, entry["policies"], [*steps[:2], "policies"])
    jurisdiction, name = entry["jurisdiction"], entry["purpose"]
    return Purpose(name, inner["channel"], inner["basis"], jurisdiction, inner["description"], policies, answers)


def _policies(path: Path, entries: list[dict[str, Any]], steps: list[str | int]) -> tuple[Policy, ...]:
    days = [entry["from"] for entry in entries]
    if days != sorted(set(days)):
        raise UsageError("Versions of a policy stand in the order of their days", where=_at(path, steps))
    return tuple(
        Policy(entry["version"], day, until) for entry, day, until in zip(entries, days, [*days[1:], None], strict=True)
    )


def _answer(path: Path, said: dict[str, Any], steps: list[str | int]) -> Answer:
    try:
        promised = _promised(said["entity"])
    except UsageError as unknown:
        raise UsageError(unknown.what, where=_at(path, [*steps, "entity"])) from None
    types = {column.name: column.type for column in promised.landed_columns}
    for key, wanted in (("column", "text"), ("effective_at", "timestamp")):
        if said[key] not in types:
            known = f"'{promised.name}' has no column '{said[key]}' outside personal/. {did_you_mean(said[key], types)}"
            raise UsageError(known, where=_at(path, [*steps, key]))
        if types[said[key]] != wanted:
            raise UsageError(f"Column '{said[key]}' must be a {wanted}", where=_at(path, [*steps, key]))
    event_time = None if isinstance(promised, Kind) else promised.event_time
    record = [name for name in promised.key if name != event_time]
    if len(record) != 1:
        raise UsageError(
            f"The key of '{promised.name}' without its event_time must be one column, which tells the record",
            where=_at(path, [*steps, "entity"]),
        )
    effective_at = (said["effective_at"], *((event_time,) if event_time else ()), "_known_at")
    if isinstance(promised, Kind):
        # Numbers of two systems have nothing to do with each other.
        return Answer(promised.name, "_source", f"concat(_source, ':', {record[0]})", said["column"], effective_at)
    return Answer(promised.name, quoted(promised.source), f"cast({record[0]} as varchar)", said["column"], effective_at)


def _promised(name: str) -> SourceEntity | Kind:
    return load_kind(name) if name in {kind.name for kind in load_kinds()} else load_entity(name)


def _at(path: Path, steps: Sequence[str | int]) -> str:
    return f"{path}:{config.line_of(path.read_text(), steps)}"
