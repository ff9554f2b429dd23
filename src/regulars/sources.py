"""What a source has promised to deliver, and how it is pulled: ``conf/sources`` and ``conf/pulls``, as objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from regulars import config
from regulars.config import Home, World
from regulars.errors import UsageError, did_you_mean

DATE_FIELD = "{business_date}"
MANIFEST_ENDING = ".manifest.json"

_OF_A_FILE = ("digest_of", "label", "may_lack", "part", "path", "value", "words")
"""What a contract says of a column of its kind; all else the kind says."""

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


@cache
def plain_label(label: str) -> str:
    """What counts of a label in the header of an export made for people: neither case, blanks, nor a mark in front."""
    return " ".join(label.replace("\ufeff", "").split()).casefold()


@dataclass(frozen=True)
class Column:
    """One promised column. ``path`` is where an object has it, in dots; it is the name unless said otherwise.

    ``digest_of``: the paths, or labels, of what it is a hash of, where the source tells rows apart by no column of its
    own.

    ``format`` names a form its text must have, beyond its type; ``role`` the part of a person it holds, as
    `conf/identity/people.yml` calls it. In an export made for people ``label`` is what its header calls it, ``value``
    what every row says without having the column, ``words`` what texts of the file mean here, and ``may_lack`` that
    some of its files have no such column; of the address of a page ``part`` is what is kept, its host or path.

    ``length_of`` and ``sentiment_of`` name a personal text of the row of which landing says how long it is, and how it
    sounds in the language that the column ``language_in`` names: the text itself never leaves ``personal/``.
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
    label: str | None = None
    value: str | None = None
    words: dict[str, str] = field(default_factory=dict, hash=False)
    may_lack: bool = False
    digest_of: tuple[str, ...] = ()
    part: str | None = None
    length_of: str | None = None
    sentiment_of: str | None = None
    language_in: str | None = None

    @property
    def is_derived(self) -> bool:
        """Whether landing makes it from another column, so that no file has it."""
        return bool(self.length_of or self.sentiment_of)

    @property
    def header(self) -> str:
        """What the header of a file calls it."""
        return self.label or self.name

    @property
    def paths(self) -> tuple[str, ...]:
        """Where an object has what it is made from."""
        return self.digest_of or (self.path or self.name,)

    @property
    def sql_type(self) -> str:
        """Its type in the landed Parquet; a timestamp is UTC, JSON stays text."""
        return _SQL_TYPE[self.type]


@dataclass(frozen=True)
class Written:
    """How an export made for people writes what has a type: ``times`` by forms of strptime, those without an offset in
    ``zone``, amounts with ``decimal_mark``. A sign of currency, thousands kept apart and an apostrophe in front are
    taken off; what is written in the strict form of its type is taken as well. ``amounts``: floating where they went
    through floating point, and are rounded to the cent.
    """

    times: tuple[str, ...] = ()
    zone: str | None = None
    decimal_mark: str = "."
    amounts: str | None = None


@dataclass(frozen=True)
class Kind:
    """What exports of several systems have in common, and what dbt reads of them: a file of ``conf/kinds``.

    ``key``: the columns that tell what a row is about, within one source.
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def landed_columns(self) -> tuple[Column, ...]:
        """Columns of the landed view of the kind."""
        return tuple(column for column in self.columns if not column.personal)


@dataclass(frozen=True)
class Enrichment:
    """What is bought of a provider, and under which licence. ``by``: its identifiers, best first, each as columns by
    role; ``dated_by``: the column that says of when the data are, after which they hold ``expires_after_days``.
    """

    by: tuple[dict[str, str], ...] = field(hash=False)
    dated_by: str
    expires_after_days: int
    provider: str
    licence: str


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
    kind: str | None = None
    written: Written | None = None
    enriches: Enrichment | None = None

    @property
    def suite(self) -> str:
        """The suite of ``expectations/landed`` its rows are held to: that of its kind, or its own."""
        return self.kind or self.name

    @property
    def read_columns(self) -> tuple[Column, ...]:
        """Columns a file has, or that are read from an object: neither those whose value the contract itself says or
        landing makes, nor what is a hash of other columns."""
        return tuple(
            column for column in self.typed_columns if column.value is None and (self.is_json or not column.digest_of)
        )

    @property
    def typed_columns(self) -> tuple[Column, ...]:
        """Columns a row has before landing makes others from them."""
        return tuple(column for column in self.columns if not column.is_derived)

    @property
    def suite_columns_sql(self) -> str:
        """SELECT list of its landed rows as its suite and its kind know them: what a file does not have is null."""
        if self.kind is None:
            return "*"
        mine = {column.name for column in self.landed_columns}
        columns = [
            column.name if column.name in mine else f"null::{column.sql_type} as {column.name}"
            for column in load_kind(self.kind).landed_columns
        ]
        return ", ".join([*columns, "_content", "_line", "_known_at"])

    @property
    def name(self) -> str:
        """``<source>__<entity>``, the name of its file and of its landed view."""
        return f"{self.source}__{self.entity}"

    @property
    def is_json(self) -> bool:
        """Whether its rows are read as JSON objects: lines of JSONL, or Parquet with values inside columns."""
        return self.format == "jsonl" or (self.format == "parquet" and any(column.path for column in self.columns))

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
    _check(entity, path)
    return entity


@cache
def load_kind(name: str) -> Kind:
    """The kind ``name`` of ``conf/kinds``. Raises UsageError with the nearest name."""
    folder = config.CONF / "kinds"
    known = {path.stem for path in folder.glob("*.yml")}
    if name not in known:
        raise UsageError(f"There is no kind '{name}'. {did_you_mean(name, known)}", where=str(folder))
    raw = config.load_yaml(folder / f"{name}.yml")
    columns = tuple(Column(**column) for column in raw["columns"])
    return Kind(name, raw["description"], tuple(raw["key"]), columns)


def load_kinds() -> tuple[Kind, ...]:
    """Every kind of ``conf/kinds``, by name."""
    return tuple(load_kind(path.stem) for path in sorted((config.CONF / "kinds").glob("*.yml")))


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


def _column(raw: dict[str, Any]) -> Column:
    return Column(**raw | {"digest_of": tuple(raw.get("digest_of", ()))})


def _check(entity: SourceEntity, path: Path) -> None:
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
