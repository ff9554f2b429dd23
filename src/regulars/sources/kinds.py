"""What exports of several systems have in common: ``conf/kinds``, as objects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from regulars import config
from regulars.errors import UsageError, did_you_mean
from regulars.sources.column import Column


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
