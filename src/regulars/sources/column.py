"""One column that a source promises, or that a kind of export has."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

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
