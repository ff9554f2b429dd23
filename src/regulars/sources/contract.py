"""What one entity of a source has promised to deliver."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from regulars.config import Home
from regulars.sources.column import Column
from regulars.sources.kinds import load_kind

_CHANCE = 0.01
"""Below this likelihood a share of bad rows is no accident."""


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
