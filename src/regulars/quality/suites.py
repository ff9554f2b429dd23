"""The suites of `expectations/`, as data: which table must hold to what, how severely, and why.

A suite is `expectations/<boundary>/<table>.yml`. Types and arguments are Great Expectations' own, so that it judges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from regulars import config
from regulars.errors import UsageError, did_you_mean

EXPECTATIONS = config.PROJECT / "expectations"

BOUNDARIES = ("landed", "profile", "scores", "segments")

CRITICAL, WARNING, INFO = "critical", "warning", "info"
"""Critical holds the data back, warning sets rows aside (landed) or is reported (later), info is reported."""

ROW_RULE = "unexpected_rows_expectation"
"""The type whose query selects the failing rows themselves; ``{batch}`` in it stands for the table."""

_OWN_KEYS = frozenset({"name", "type", "severity", "description"})


@dataclass(frozen=True)
class Expectation:
    """One claim about a table. ``arguments`` go to Great Expectations as they are."""

    name: str
    type: str
    severity: str
    description: str
    arguments: dict[str, Any] = field(hash=False)
    path: Path
    position: int

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.path}:{config.line_of(self.path.read_text(), ['expectations', self.position])}"

    def failing_rows_sql(self) -> str | None:
        """SQL for the failing rows with ``{batch}`` for the table; null: this type is no row rule."""
        return self.arguments["unexpected_rows_query"] if self.type == ROW_RULE else None


@dataclass(frozen=True)
class Suite:
    """All claims about one table at one boundary, in the order of the file."""

    boundary: str
    table: str
    description: str
    expectations: tuple[Expectation, ...]
    path: Path


def load_suites(boundary: str, root: Path = EXPECTATIONS) -> list[Suite]:
    """Every suite of a boundary by table name. Raises UsageError with file and line for what is wrong in one."""
    if boundary not in BOUNDARIES:
        raise UsageError(f"There is no boundary '{boundary}'. {did_you_mean(boundary, BOUNDARIES)}", where=str(root))
    return [_load(boundary, path) for path in sorted((root / boundary).glob("*.yml"))]


def load_suite(boundary: str, table: str, root: Path = EXPECTATIONS) -> Suite:
    """The suite of one table. Raises UsageError when there is none: what is not judged is not let through."""
    path = root / boundary / f"{table}.yml"
    if not path.exists():
        raise UsageError(
            f"No suite says what '{table}' must hold to", where=str(path.parent), next_step=f"write {path.name} there"
        )
    return _load(boundary, path)


def _load(boundary: str, path: Path) -> Suite:
    raw = config.load_yaml(path)
    if raw["table"] != path.stem:
        raise UsageError(f"The table is '{raw['table']}', but the file is named for '{path.stem}'", where=f"{path}:1")
    expectations = tuple(_expectation(entry, path, position) for position, entry in enumerate(raw["expectations"]))
    seen: set[str] = set()
    for claim in expectations:
        if claim.name in seen:
            raise UsageError(f"The name '{claim.name}' is given twice", where=claim.where)
        seen.add(claim.name)
        if boundary == "landed" and claim.severity == WARNING and claim.type != ROW_RULE:
            raise UsageError(
                f"A warning on landed rows sets rows aside, so its type must be '{ROW_RULE}'",
                where=claim.where,
                next_step="write it as a query that selects the rows, or make it critical or info",
            )
    return Suite(boundary, raw["table"], raw["description"], expectations, path)


def _expectation(entry: dict[str, Any], path: Path, position: int) -> Expectation:
    own = {key: entry[key] for key in _OWN_KEYS}
    arguments = {key: value for key, value in entry.items() if key not in _OWN_KEYS}
    return Expectation(**own, arguments=arguments, path=path, position=position)
