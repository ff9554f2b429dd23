"""How an entity is pulled from a database or a service: ``conf/pulls``, as objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from regulars import config
from regulars.config import World
from regulars.errors import UsageError, did_you_mean
from regulars.sources.contract import SourceEntity
from regulars.sources.reading import load_entity, of_source


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
