"""What is known of the formats of export files: `conf/formats`, as objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import translate
from functools import cache, cached_property
from pathlib import Path

from regulars import config
from regulars.errors import UsageError, did_you_mean
from regulars.sources import load_kind, plain_label


@dataclass(frozen=True)
class FormatColumn:
    """A column of the kind: what files call it (``labels``, in JSON paths), what every row says (``value``), or what it
    is a hash of (``digest_of``). Of the address of a page ``part`` is what is kept.
    """

    name: str
    labels: tuple[str, ...] = ()
    value: str | None = None
    needed: bool = False
    looks: str | None = None
    words: dict[str, str] = field(default_factory=dict, hash=False)
    digest_of: tuple[str, ...] = ()
    part: str | None = None

    def found_in(self, labels: Mapping[str, str]) -> str | None:
        """The label a file has for it, of its ``labels`` by their plain form; None: it lacks it."""
        return next((labels[wanted] for wanted in self._plain if wanted in labels), None)

    @cached_property
    def _plain(self) -> tuple[str, ...]:
        return tuple(plain_label(label) for label in self.labels or self.digest_of)


@dataclass(frozen=True)
class TableOfADay:
    """What the name of a file says of the table it holds: its day, which part of it, and whether it was exported before
    that day was over.
    """

    day: date
    part: str
    is_early: bool


@dataclass(frozen=True)
class Format:
    """One format: a file of ``conf/formats``, whose schema describes each field."""

    name: str
    title: str
    system: str
    entity: str
    kind: str
    description: str
    owner: str
    file: str
    columns: tuple[FormatColumn, ...]
    history: bool = False
    zone: str | None = None
    times: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    null_values: tuple[str, ...] = ("", "NULL", "N/A")
    table_of_a_day: str | None = None
    amounts: str | None = None

    @property
    def happened(self) -> str:
        """The column of its kind that says when a row happened."""
        return "event_at" if self.kind == "export__event" else "ordered_at"

    def table_of(self, path: Path) -> TableOfADay | None:
        """The table of a day that the file ``path`` holds, by its name; None where names do not say it."""
        found = re.fullmatch(self.table_of_a_day, path.name.split(".")[0]) if self.table_of_a_day else None
        if not found:
            return None
        part = re.sub(r"[^A-Za-z0-9]+", "-", found["part"]).strip("-")
        return TableOfADay(date.fromisoformat(found["day"]), part, found["early"] is not None)

    @cached_property
    def needed(self) -> tuple[FormatColumn, ...]:
        """Columns without which a file is not of this format."""
        return tuple(column for column in self.columns if column.needed)

    def knows(self, plain: str) -> bool:
        """Whether the system is known to write a label of this plain form."""
        return self._known_labels.match(plain) is not None

    @cached_property
    def _known_labels(self) -> re.Pattern[str]:
        mine = [wanted for column in self.columns for wanted in (*column.labels, *column.digest_of)]
        return re.compile("|".join(translate(plain_label(wanted)) for wanted in (*mine, *self.known)))


def load_formats() -> tuple[Format, ...]:
    """Every format of ``conf/formats``, by name. Raises UsageError for one that contradicts its kind."""
    paths = sorted((config.CONF / "formats").glob("*.yml"))
    return tuple(_load(path, path.stat().st_mtime_ns) for path in paths)


@cache
def _load(path: Path, _version: int) -> Format:
    raw = config.load_yaml(path)
    kind = load_kind(raw["kind"])
    known = {column.name for column in kind.columns}
    raw["columns"] = tuple(
        FormatColumn(**column | {name: tuple(column.get(name, ())) for name in ("labels", "digest_of")})
        for column in raw["columns"]
    )
    for column in raw["columns"]:
        if column.name not in known:
            near = did_you_mean(column.name, known)
            raise UsageError(f"The kind '{kind.name}' has no column '{column.name}'. {near}", where=str(path))
        if sum((bool(column.labels), column.value is not None, bool(column.digest_of))) != 1:
            raise UsageError(f"Column '{column.name}' has either labels or a value", where=str(path))
    for listed in ("times", "notes", "known", "null_values"):
        if listed in raw:
            raw[listed] = tuple(raw[listed])
    found = Format(path.stem, **raw)
    for key in kind.key:
        if key not in {column.name for column in found.needed}:
            raise UsageError(f"Column '{key}' is the key of '{kind.name}' and must be needed", where=str(path))
    return found
