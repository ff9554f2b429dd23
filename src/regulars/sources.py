"""What a source has promised to deliver, and how it is pulled: ``conf/sources`` and ``conf/pulls``, as objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from regulars import config
from regulars.config import Home, World
from regulars.errors import UsageError, did_you_mean

DATE_FIELD = "{business_date}"
MANIFEST_ENDING = ".manifest.json"

_CHANCE = 0.01
"""Below this likelihood a share of bad rows is no accident."""

_SQL_TYPE = {
    "text": "varchar",
    "integer": "bigint",
    "decimal": "decimal(18, 2)",
    "timestamp": "timestamp",
    "date": "date",
    "json": "varchar",
}


@dataclass(frozen=True)
class Column:
    """One promised column. ``path`` is where a JSONL line has it, in dots; it is the name unless said otherwise.

    ``format`` names a form its text must have, beyond its type; ``role`` the part of a person it holds, as
    `conf/identity/people.yml` calls it.
    """

    name: str
    type: str
    required: bool = False
    personal: bool = False
    minimum: float | None = None
    maximum: float | None = None
    format: str | None = None
    path: str | None = None
    role: str | None = None

    @property
    def sql_type(self) -> str:
        """Its type in the landed Parquet; a timestamp is UTC, JSON stays text."""
        return _SQL_TYPE[self.type]


@dataclass(frozen=True)
class SourceEntity:
    """One entity of a source: a file of ``conf/sources``, whose schema describes each field."""

    source: str
    entity: str
    description: str
    owner: str
    cadence: str
    delivers: str
    pattern: str
    format: str
    declared_delay_hours: int
    allow_empty: str
    max_bad_rate: float
    null_values: tuple[str, ...]
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    history: bool = False
    event_time: str | None = None

    @property
    def name(self) -> str:
        """``<source>__<entity>``, the name of its file and of its landed view."""
        return f"{self.source}__{self.entity}"

    @property
    def declared_delay(self) -> timedelta:
        return timedelta(hours=self.declared_delay_hours)

    @property
    def is_personal(self) -> bool:
        """Whether it has personal columns, so that its raw and refused rows stand in ``personal/``."""
        return bool(self.personal_columns)

    def has_too_many_bad(self, bad_rows: int, read_rows: int) -> bool:
        """Whether so many of a content's rows are bad that the whole of it must be held: every one, or a share above
        ``max_bad_rate`` that chance gives less than once in a hundred where just that share is bad (binomial)."""
        if bad_rows <= self.max_bad_rate * read_rows or bad_rows == read_rows:
            return bad_rows > self.max_bad_rate * read_rows
        from scipy.special import bdtrc

        # A daily file of ninety rows would be held for one wrong address.
        return bool(bdtrc(bad_rows - 1, read_rows, self.max_bad_rate) < _CHANCE)

    @property
    def personal_columns(self) -> tuple[Column, ...]:
        """Columns that may stand in ``personal/`` only."""
        return tuple(column for column in self.columns if column.personal)

    def personal_rows(self, home: Home, sha256: str) -> Path:
        """Where landing keeps the personal columns of a content's rows."""
        return home.personal / self.source / self.entity / f"{sha256}.parquet"

    @property
    def roles(self) -> dict[str, Column]:
        """Columns that hold a part of a person, by that part."""
        return {column.role: column for column in self.columns if column.role}

    @property
    def landed_columns(self) -> tuple[Column, ...]:
        """Columns of the landed Parquet, in the order of the contract."""
        return tuple(column for column in self.columns if not column.personal)


@dataclass(frozen=True)
class Pull:
    """How an entity is pulled: a file of ``conf/pulls``, whose schema describes each field, one of the last two set."""

    entity: SourceEntity
    connection: str
    watermark: str
    overlap_minutes: int
    postgres: dict[str, Any] | None = None
    http: dict[str, Any] | None = None

    @property
    def overlap(self) -> timedelta:
        return timedelta(minutes=self.overlap_minutes)

    @property
    def access(self) -> str:
        """By which way it is reached: the protocol and its connection."""
        return f"{'PostgreSQL' if self.postgres else 'HTTP'} {self.connection}"


@cache
def load_entity(name: str) -> SourceEntity:
    """The contract ``<source>__<entity>``. Raises UsageError with the nearest name, or with what contradicts itself."""
    folder = config.CONF / "sources"
    known = {path.stem for path in folder.glob("*.yml")}
    if name not in known:
        raise UsageError(f"There is no source entity '{name}'. {did_you_mean(name, known)}", where=str(folder))
    path = folder / f"{name}.yml"
    raw = config.load_yaml(path)
    raw["columns"] = tuple(Column(**column) for column in raw["columns"])
    raw["null_values"], raw["key"] = tuple(raw["null_values"]), tuple(raw.get("key", ()))
    entity = SourceEntity(**raw)
    if entity.name != name:
        raise UsageError(f"The file must be called '{entity.name}.yml'", where=str(path))
    _check(entity, path)
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


def load_pull(name: str) -> Pull | None:
    """How the entity ``<source>__<entity>`` is pulled; None: its files are dropped. Raises UsageError as above."""
    path = config.CONF / "pulls" / f"{name}.yml"
    if not path.exists():
        return None
    pull = Pull(load_entity(name), **config.load_yaml(path))
    _check_pull(pull, path)
    return pull


def pulls_of(world: World, source: str) -> tuple[Pull, ...]:
    """What is pulled of one source of a world. Raises UsageError for a source it does not have, or a wrong file."""
    pulls = (load_pull(entity.name) for entity in of_source(world, source))
    return tuple(pull for pull in pulls if pull)


def manifest_beside(path: Path) -> Path:
    """Where the manifest of the file ``path`` is, when it has one."""
    return path.with_name(path.name + MANIFEST_ENDING)


def _check_pull(pull: Pull, path: Path) -> None:
    entity, http = pull.entity, pull.http
    if not entity.key:
        raise UsageError("What is pulled twice is told by its key, and the contract has no key", where=str(path))
    if entity.format == "jsonl" and not http:
        raise UsageError("The contract takes JSON lines, which only http gives", where=str(path))
    if not http:
        return
    if (http["page"]["by"] == "cursor") != ("next" in http["page"]):
        raise UsageError("page needs `next` with a cursor, and has none with a number", where=str(path))
    known = {column.name for column in entity.columns} if entity.format != "jsonl" else set()
    for name in http.get("columns", {}):
        if name not in known:
            raise UsageError(
                f"columns names none of the contract: '{name}'. {did_you_mean(name, known)}", where=str(path)
            )


def _check(entity: SourceEntity, path: Path) -> None:
    by_name = {column.name: column for column in entity.columns}
    if len(by_name) < len(entity.columns):
        raise UsageError("A column is declared twice", where=str(path))
    for field, names in (("key", entity.key), ("event_time", (entity.event_time,) if entity.event_time else ())):
        for name in names:
            if name not in by_name:
                raise UsageError(f"{field} names no column: '{name}'. {did_you_mean(name, by_name)}", where=str(path))
            if by_name[name].personal or not by_name[name].required:
                raise UsageError(f"Column '{name}' in {field} must be required and not personal", where=str(path))
    if entity.personal_columns and not entity.key:
        raise UsageError("Personal columns are kept by the key, and there is no key", where=str(path))
    if entity.history and not entity.event_time:
        raise UsageError("A history load needs event_time: each row is known by when it happened", where=str(path))
    if entity.event_time and by_name[entity.event_time].type not in ("timestamp", "date"):
        raise UsageError(f"event_time '{entity.event_time}' must be a timestamp or a date", where=str(path))
    formed = [column.name for column in entity.columns if column.format and column.type != "text"]
    if formed:
        raise UsageError(f"Only text has a format, and column '{formed[0]}' is none", where=str(path))
    if entity.format != "jsonl" and any(column.path for column in entity.columns):
        raise UsageError("Only jsonl columns have a path", where=str(path))
