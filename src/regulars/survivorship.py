"""Which of several records' values a customer's profile shows: `conf/survivorship/attributes.yml`.

Two stages apply it by one macro of the dbt project: marts to what may be published, resolve to direct identifiers,
which stay in ``personal/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars import config
from regulars.sources import load_entity

if TYPE_CHECKING:
    import duckdb

FILE = "attributes.yml"
_MOST_CRITERIA = 4


@dataclass(frozen=True)
class Survivorship:
    """``sources``: entities by trust, best first. ``criteria``: by attribute, what decides, in order."""

    sources: tuple[str, ...]
    criteria: dict[str, tuple[str, ...]]


def load_survivorship() -> Survivorship:
    """What the file says. Raises UsageError with line and nearest word for an attribute, criterion or entity there is
    not.
    """
    raw = config.load_yaml(config.CONF / "survivorship" / FILE)
    for name in raw["sources"]:
        load_entity(name)
    return Survivorship(tuple(raw["sources"]), {name: tuple(words) for name, words in raw["attributes"].items()})


def write_survivorship(connection: duckdb.DuckDBPyConnection, rules: Survivorship, schema: str) -> None:
    """The tables survivorship (attribute, criterion_1 to criterion_4, null where there are fewer) and
    survivorship_source (entity, place) in ``schema``, as the macro surviving_values reads them.
    """
    places = range(1, _MOST_CRITERIA + 1)
    columns = ", ".join(f"criterion_{place} varchar" for place in places)
    connection.execute(f"create table {schema}.survivorship (attribute varchar, {columns})")
    connection.execute(f"create table {schema}.survivorship_source (entity varchar, place integer)")
    for attribute, criteria in rules.criteria.items():
        filled = [*criteria, *[None] * _MOST_CRITERIA][:_MOST_CRITERIA]
        connection.execute(f"insert into {schema}.survivorship values (?, ?, ?, ?, ?)", [attribute, *filled])
    for place, entity in enumerate(rules.sources, start=1):
        connection.execute(f"insert into {schema}.survivorship_source values (?, ?)", [entity, place])
