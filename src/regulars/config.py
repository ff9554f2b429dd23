"""Where things are, and what `conf/` says. Loads YAML safely and checks it against the schema beside it.

An unknown key or value is an error that gives file, line and the nearest right word.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from regulars import clock
from regulars.durable import write_text
from regulars.errors import UsageError, did_you_mean

PROJECT = Path(os.environ.get("REGULARS_PROJECT", Path(__file__).resolve().parents[2]))
CONF = Path(os.environ.get("REGULARS_CONF", PROJECT / "conf"))
DEFAULT_WORLD = "complete_journey"
_WORLD_STAMP = "world"


@dataclass(frozen=True)
class Home:
    """The folder everything a run writes goes to; docs/architecture.md draws it."""

    root: Path

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def landed(self) -> Path:
        return self.root / "landed"

    @property
    def personal(self) -> Path:
        return self.root / "personal"

    @property
    def candidates(self) -> Path:
        return self.root / "candidates"

    @property
    def publications(self) -> Path:
        return self.root / "publications"

    @property
    def published(self) -> Path:
        """The link that readers follow; replaced in one step."""
        return self.root / "published"

    @property
    def published_database(self) -> Path:
        return self.published / "regulars.duckdb"

    @property
    def in_front(self) -> str:
        """The publication readers see; an empty text when there is none."""
        return self.published.resolve().name if self.published.is_symlink() else ""

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def scores(self) -> Path:
        """What each night published of its customers: <business_date>.parquet, kept when publications are pruned."""
        return self.root / "scores"

    @property
    def labels(self) -> Path:
        """Whose record is whose, where somebody knows: record_key, person. The accuracy of identity is told by it."""
        return self.root / "labels" / "person.csv"

    @property
    def operations_url(self) -> str:
        """SQLAlchemy address of the operational store."""
        return os.environ.get("REGULARS_OPERATIONS_URL", f"sqlite:///{self.root / 'operations.db'}")

    def candidate(self, business_date: date) -> Path:
        """The folder of the private candidate of one night."""
        return self.candidates / business_date.isoformat()


@dataclass(frozen=True)
class World:
    """One shop and its sources: a file of ``conf/worlds``."""

    name: str
    title: str
    notice: str
    business_zone: str
    reporting_currency: str
    last_business_date: date
    cut_off_hours: int
    required: tuple[str, ...]
    optional: tuple[str, ...]
    alive_from: date
    alive_until: date | None
    is_simulated: bool

    @property
    def entities(self) -> tuple[str, ...]:
        """Names of ``conf/sources`` files this world takes, as ``<source>__<entity>``."""
        return self.required + self.optional

    @property
    def heading(self) -> str:
        """Its title; of a simulated one never without saying so."""
        return f"{self.title} · SIMULATED" if self.is_simulated else self.title

    def as_of(self, business_date: date) -> datetime:
        """Start of the day after ``business_date`` in the business zone, UTC."""
        return clock.as_of(business_date, self.business_zone)

    def known_by(self, business_date: date) -> datetime:
        """Until when deliveries count for the night of ``business_date``, UTC: its as_of and the cut-off after it."""
        return self.as_of(business_date) + timedelta(hours=self.cut_off_hours)

    def is_alive(self, business_date: date) -> bool:
        """Whether sources deliver for that business date."""
        return self.alive_from <= business_date and (self.alive_until is None or business_date <= self.alive_until)


def home() -> Home:
    """The home named by ``REGULARS_HOME``, else ``var/`` of the project; other worlds than the default below it."""
    name = world_name()
    default = PROJECT / "var" if name == DEFAULT_WORLD else PROJECT / "var" / "worlds" / name
    return Home(Path(os.environ.get("REGULARS_HOME", default)).resolve())


def world_name() -> str:
    """The world named by ``REGULARS_WORLD``, else the one ``REGULARS_HOME`` belongs to, else the default one."""
    stamp = Path(os.environ.get("REGULARS_HOME", "")) / _WORLD_STAMP
    owner = stamp.read_text().strip() if "REGULARS_HOME" in os.environ and stamp.exists() else DEFAULT_WORLD
    return os.environ.get("REGULARS_WORLD", owner)


def world(name: str | None = None) -> World:
    """Read one world; a simulated one ends with the last day simulated in this home.

    Raises UsageError with the nearest name when there is no such file.
    """
    found = _world_of_file(name or world_name())
    stamp = simulation_file(home())
    if not found.is_simulated or not stamp.exists():
        return found
    last = found.alive_from + timedelta(days=json.loads(stamp.read_text())["days"] - 1)
    return replace(found, alive_until=last, last_business_date=last)


def simulation_file(place: Home) -> Path:
    """Says of a home with a simulated shop which one it is, and how many of its days are laid out."""
    return place.root / "simulated.json"


@cache
def _world_of_file(wanted: str) -> World:
    known = {path.stem for path in (CONF / "worlds").glob("*.yml")}
    if wanted not in known:
        raise UsageError(f"There is no world '{wanted}'. {did_you_mean(wanted, known)}", where=str(CONF / "worlds"))
    raw = load_yaml(CONF / "worlds" / f"{wanted}.yml")
    alive = raw.pop("alive")
    raw["required"], raw["optional"] = tuple(raw["required"]), tuple(raw["optional"])
    return World(name=wanted, alive_from=alive["from"], alive_until=alive.get("until"), **raw)


def forget_worlds() -> None:
    """Read worlds anew when they are asked for next: one was written."""
    _world_of_file.cache_clear()


def claim_home(place: Home, name: str) -> None:
    """Give an unused home to the world ``name``; refuse a home that another world owns."""
    stamp = place.root / _WORLD_STAMP
    if stamp.exists() and (owner := stamp.read_text().strip()) != name:
        raise UsageError(
            f"This home belongs to the world '{owner}', not to '{name}'",
            where=str(place.root),
            next_step="set REGULARS_HOME to another folder, or leave REGULARS_WORLD as it was",
        )
    if not stamp.exists():
        place.root.mkdir(parents=True, exist_ok=True)
        write_text(stamp, f"{name}\n")
    place.personal.mkdir(mode=0o700, parents=True, exist_ok=True)


def load_yaml(path: Path) -> dict[str, Any]:
    """The mapping in ``path``, checked against the nearest ``schema.json`` at or above it. Dates come as ``date``."""
    text = path.read_text()
    try:
        # Safe, too, and ten times as fast as the parser written in Python.
        content = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise UsageError(f"This is not YAML: {getattr(broken, 'problem', broken)}", where=f"{path}:{line}") from None
    nearest = next(folder / "schema.json" for folder in path.parents if (folder / "schema.json").exists())
    schema = json.loads(nearest.read_text())
    validator = jsonschema.Draft202012Validator(schema)
    for problem in sorted(validator.iter_errors(json.loads(json.dumps(content, default=str))), key=_misspelt_first):
        raise UsageError(_explain(problem), where=f"{path}:{line_of(text, _steps_to(problem))}")
    return content


def _misspelt_first(problem: jsonschema.ValidationError) -> tuple[bool, str]:
    """A misspelt key is also a missing one; the misspelling is what tells a person what to mend."""
    return problem.validator != "additionalProperties", str(problem)


def _explain(problem: Any) -> str:
    if problem.validator == "additionalProperties":
        known = problem.schema.get("properties", {})
        unknown = sorted(set(problem.instance) - set(known))
        return f"Unknown key '{unknown[0]}'. {did_you_mean(unknown[0], known)}"
    if problem.validator == "enum":
        known = map(str, problem.validator_value)
        return f"'{problem.instance}' is not possible here. {did_you_mean(str(problem.instance), known)}"
    return str(problem.message)


def _steps_to(problem: Any) -> list[str | int]:
    steps = list(problem.absolute_path)
    if problem.validator == "additionalProperties":
        known = problem.schema.get("properties", {})
        return [*steps, sorted(set(problem.instance) - set(known))[0]]
    return steps


def line_of(text: str, steps: Sequence[str | int]) -> int:
    """The line of the YAML ``text`` where what ``steps`` lead to begins; if one is missing, that of the last one."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if str(step) not in pairs:
                return line
            key, node = pairs[str(step)]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode):
            node = node.value[int(step)]
            line = node.start_mark.line + 1
    return line
