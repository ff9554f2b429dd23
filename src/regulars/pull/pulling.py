"""Pulls what changed at a source in a business date, once: the file first, then the ledger's row that says so.

Killed anywhere and run again, the same stretch is read again and takes the same name. Rows that come twice, by the
overlap or by another try, are told by their key: they are counted as duplicates and change nothing.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from regulars import clock, config
from regulars.config import Home, World
from regulars.durable import sha256_of
from regulars.errors import DataHeld, RegularsError, UsageError
from regulars.ledger import Ledger
from regulars.ledger import pull as pulls
from regulars.logs import logger
from regulars.pull import postgres, service
from regulars.pull.connection import Connection
from regulars.pull.delivery import deliver, is_pulled, write_rows
from regulars.sources import DATE_FIELD, Pull, pulls_of

Stretch = tuple[datetime | None, datetime]

_READINGS = 5
"""So often pages by number are read before they count as never the same twice."""


def pull_source(
    home: Home, world: World, source: str, day: date, connect: Callable[[str], Connection], *, again: bool = False
) -> dict[str, Any]:
    """Pull everything of ``source`` that ``conf/pulls`` names and that was not pulled up to ``day`` yet.

    ``connect`` gives a connection by its name. Gives JSON-able counts without a value of any row: by entity the rows
    and the files; ``problems`` of optional entities, which a night goes on without. ``again`` reads a day once more
    that was pulled before. Raises the error of the first required entity that could not be pulled, after all were
    tried; UsageError for a day that is not over.
    """
    if clock.utc_now() < world.as_of(day):
        raise UsageError(f"{day} is not over yet in {world.business_zone}; its changes are pulled once it is")
    config.claim_home(home, world.name)
    summary: dict[str, Any] = {"source": source, "entities": {}, "problems": []}
    failed: list[RegularsError] = []
    with _sole_pull(home, source):
        for pull in pulls_of(world, source):
            name = pull.entity.name
            try:
                summary["entities"][name] = _pulled(home, world, pull, day, connect, again)
            except RegularsError as error:
                summary["problems"].append({"entity": name, "reason": str(error)})
                failed += [error] if name in world.required else []
    logger("pull").info("%s: %s", source, summary)
    if failed:
        raise failed[0]
    return summary


def _pulled(
    home: Home, world: World, pull: Pull, day: date, connect: Callable[[str], Connection], again: bool
) -> dict[str, Any]:
    """Bring in the days that lack up to ``day``, each as a delivery of its own."""
    store, entity = Ledger(home.operations_url), pull.entity
    mine = (pulls.c.source == entity.source, pulls.c.entity == entity.entity)
    before = {row["business_date"]: row for row in store.rows(sa.select(pulls).where(*mine))}
    if day in before and not again:
        return {"rows": 0, "files": []}
    rows: list[dict[str, Any]] = []
    for lacking in _lacking(day, before):
        rows.append(_delivered(home, world, pull, lacking, _stretch(world, pull, lacking, before), connect))
        with store.transaction() as transaction:
            store.upsert(transaction, pulls, rows[-1:])
        before[lacking] = rows[-1]
    return {"rows": sum(row["rows"] for row in rows), "files": [row["name"] for row in rows]}


def _lacking(day: date, before: Mapping[date, Any]) -> list[date]:
    """``day``, and where it lies ahead of all that was pulled, the days between: each has its own receipt."""
    latest = max(before, default=day)
    return [latest + timedelta(days=number) for number in range(1, (day - latest).days + 1)] or [day]


def _stretch(world: World, pull: Pull, day: date, before: Mapping[date, Any]) -> Stretch:
    """From when until when changes are asked for: the very first time everything, else the day and the overlap."""
    if day in before:
        return before[day]["since"], before[day]["until"]
    return (world.as_of(day - timedelta(days=1)) - pull.overlap if before else None), world.as_of(day)


def _delivered(
    home: Home, world: World, pull: Pull, day: date, stretch: Stretch, connect: Callable[[str], Connection]
) -> dict[str, Any]:
    """Put the file of one day into the inbox; gives the ledger's row of it."""
    entity = pull.entity
    path = home.inbox / entity.source / entity.pattern.replace(DATE_FIELD, day.isoformat())
    if path.exists() and not is_pulled(path):
        raise DataHeld(
            "A file of this name was dropped, and is not replaced by what is pulled",
            where=str(path),
            next_step="move it away, or take the entity out of conf/pulls",
        )
    _remove_leftovers(path)
    connection, now = connect(pull.connection), clock.utc_now()
    # Later than the day after, it is history: then each row counts as known when the contract says, as in a file.
    delivered_at = now if now < world.as_of(day + timedelta(days=1)) else None
    written = deliver(path, lambda part: _fill(pull, connection, stretch, part), delivered_at, stretch)
    return {
        "source": entity.source,
        "entity": entity.entity,
        "business_date": day,
        "since": stretch[0],
        "until": stretch[1],
        "name": path.name,
        "content_sha256": written.sha256,
        "rows": written.rows,
        "pulled_at": now,
    }


def _fill(pull: Pull, connection: Connection, stretch: Stretch, part: Path) -> int:
    """Write the rows of one stretch into ``part``; gives how many."""
    if pull.postgres:
        with postgres.changed_rows(pull, connection, *stretch) as rows:
            return write_rows(pull.entity, part, rows, {})
    by_number = pull.http and pull.http["page"]["by"] == "number"
    before = None
    for _ in range(_READINGS if by_number else 1):
        count = _read_through(pull, connection, stretch, part)
        # A row that changes while pages are counted moves the others up, and one is never seen: two readings agree
        # only when nothing moved.
        if not by_number or sha256_of(part) == before:
            return count
        before = sha256_of(part)
    raise connection.failed(f"its rows changed during each of {_READINGS} readings; use a cursor")


def _read_through(pull: Pull, connection: Connection, stretch: Stretch, part: Path) -> int:
    places = (pull.http or {}).get("columns", {})
    for _ in range(service.STARTS):
        try:
            return write_rows(pull.entity, part, service.changed_rows(pull, connection, *stretch), places)
        except service.CursorExpired:
            logger("pull").warning("%s: the cursor has expired; reading from the first page again", pull.entity.name)
    raise connection.failed(f"its cursor expired {service.STARTS} times; ask for more rows a page in `parameters`")


def _remove_leftovers(path: Path) -> None:
    """What a killed pull left half-written; nobody else writes under this name."""
    for part in path.parent.glob(f".{path.name}*.part"):
        part.unlink(missing_ok=True)


@contextmanager
def _sole_pull(home: Home, source: str) -> Iterator[None]:
    """Wait until no other process of this machine pulls ``source``; the lock ends with the process that holds it."""
    home.landed.mkdir(parents=True, exist_ok=True)
    with (home.landed / f".{source}.pull.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
