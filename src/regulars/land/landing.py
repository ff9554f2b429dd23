"""Lands what a source has dropped: each file gets a receipt, each row is accepted or set apart with a reason.

A file is claimed by its row in the ledger, never by moving it. Killed anywhere and run again, the outcome is the same.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from regulars import config, warehouse
from regulars.config import Home, World
from regulars.errors import DataHeld
from regulars.failpoint import failpoint
from regulars.land.batch import Batch
from regulars.land.content import NewContent, read_content
from regulars.land.inbox import (
    UNKNOWN_ENTITY,
    Arrival,
    Manifest,
    arrivals,
    fingerprint,
    manifest_of,
    read_whole,
)
from regulars.land.line import BATCHES_ON_THE_LINE, Line
from regulars.land.reading import FileRefused
from regulars.land.receipts import VOLUME, Receipts, Taken
from regulars.land.storage import Storage, remove_leftovers
from regulars.land.volume import too_few
from regulars.logs import logger
from regulars.sources import SourceEntity, manifest_beside, of_source

_FILES_BETWEEN_WORDS = 100
_RECEIPTS_A_TRANSACTION = 100
_OUTCOMES = ("unchanged", "repeated", "landed", "held", "refused", "still_growing")
_COUNTS = ("files", *_OUTCOMES, "read_rows", "accepted_rows", "quarantined_rows")


def land_source(home: Home, world: World, source: str, progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Land every file of ``inbox/<source>`` that has no receipt yet.

    Gives JSON-able counts, without a value of any row: ``entities`` by name (files; what became of them: unchanged,
    repeated, landed, held, refused, still_growing; rows of the newly read ones), ``problems`` (entity, name,
    business_date, status, reason, is_required) and ``drift`` (entity, name, reason). Raises UsageError for a source the
    world does not have. ``progress`` is told in words how far it is.
    """
    with begin(home, world, source) as landing:
        found = arrivals(home, source, landing.entities)
        for number, arrival in enumerate(found, start=1):
            landing.land(arrival)
            if progress and number % _FILES_BETWEEN_WORDS == 0:
                progress(f"landing {source}: {number:,} of {len(found):,} files")
        landing.finish()
    logger("land").info("%s: %s", source, landing.summary["entities"])
    return landing.summary


@contextmanager
def begin(home: Home, world: World, source: str) -> Iterator[Landing]:
    """The one landing of ``source`` that this machine runs now. Raises UsageError for a source the world has not."""
    entities = of_source(world, source)
    config.claim_home(home, world.name)
    with _sole_landing(home, source), warehouse.memory() as connection, Line(home, world, connection) as line:
        remove_leftovers(home, source, entities)
        yield Landing(home, world, source, entities, line)


def require_landed(summary: Mapping[str, Any]) -> None:
    """Raise DataHeld when a required entity has a file that was refused, held or is not finished."""
    wrong = [problem for problem in summary["problems"] if problem["is_required"]]
    if not wrong:
        return
    told = "; ".join(f"{problem['name']} {problem['status']} ({problem['reason']})" for problem in wrong[:5])
    more = f"; and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    raise DataHeld(
        f"{told}{more}",
        where=f"inbox/{summary['source']}",
        next_step="have it delivered again under the same name, or take it out of the inbox, and run again",
    )


class Landing:
    """One pass over files of one source. While batches are typed and stored on the ``line``, the next one is read."""

    def __init__(self, home: Home, world: World, source: str, entities: tuple[SourceEntity, ...], line: Line) -> None:
        self.home, self.world, self.entities = home, world, entities
        self.receipts = Receipts(home, source)
        self.batch: Batch | None = None
        self._line = line
        self.summary: dict[str, Any] = {
            "source": source,
            "entities": {entity.name: dict.fromkeys(_COUNTS, 0) for entity in entities},
            "problems": [],
            "drift": [],
        }

    def land(self, arrival: Arrival) -> None:
        """Give one file its receipt, and read it when its content is new."""
        if self.receipts.is_settled(arrival):
            self._tell(arrival, "unchanged")
            return
        if arrival.entity is None or arrival.complaint:
            known_at = self.world.as_of(arrival.business_date)
            self._note(arrival, fingerprint(arrival), known_at, Taken("refused", arrival.complaint, 0, 0, {}))
        elif (whole := read_whole(arrival)) is None:
            self._tell(arrival, "still_growing", "it changed while it was read; it is left for the next landing")
        else:
            self._land_known(whole[0], arrival.entity, whole[1])
        if len(self.receipts) >= _RECEIPTS_A_TRANSACTION:
            self.receipts.flush()

    def finish(self) -> None:
        """Type and store what has been read, then write the ledger: of each batch all or nothing."""
        self._hand_over()
        self._settle()

    def _hand_over(self) -> None:
        """Have what has been read typed and stored; where the line is full, wait for its first batch."""
        if self.batch:
            self._settle(leaving=BATCHES_ON_THE_LINE - 1)
            self._line.take(self.batch)
            self.batch = None

    def _settle(self, *, leaving: int = 0) -> None:
        """Wait for the batches on the line but the last ``leaving``, the first of them first, and write the ledger."""
        while len(self._line) > leaving:
            entity, outcomes = self._line.next_stored()
            for new, outcome in self._weighed(entity, outcomes):
                self._note(new.arrival, new.sha256, new.known_at, outcome)
            self.receipts.flush()
        self.receipts.flush()

    def _weighed(self, entity: SourceEntity, batch: list[tuple[NewContent, Taken]]) -> list[tuple[NewContent, Taken]]:
        """Hold what nothing proves whole on a day that is too small beside those before it."""
        if all(new.is_proven_whole for new, _ in batch):
            return batch
        days = self.receipts.rows_by_day(entity.entity, without={new.sha256 for new, _ in batch})
        for new, taken in batch:
            days[new.partition] += taken.read_rows
        weighed = []
        for new, taken in sorted(batch, key=lambda one: one[0].partition):
            before = [rows for day, rows in sorted(days.items()) if day < new.partition]
            why = "" if new.is_proven_whole or not taken.read_rows else too_few(days[new.partition], before)
            if why and taken.status == "landed":
                taken = replace(taken, status="held", reason=f"{VOLUME}: {why}")
                days[new.partition] -= taken.read_rows
            weighed.append((new, taken))
        return weighed

    def _land_known(self, arrival: Arrival, entity: SourceEntity, raw: bytes) -> None:
        sha256 = hashlib.sha256(raw).hexdigest()
        self._make_room(entity, sha256)
        said = manifest_beside(arrival.path)
        manifest, complaint = _manifest(said)
        known_at = self.receipts.known_at(arrival, sha256) or self._known_at(arrival, entity, manifest)
        if self.receipts.settled(entity.entity, sha256):
            is_new = self.receipts.note_delivery(arrival, sha256, known_at)
            self._tell(arrival, "repeated" if is_new else "unchanged")
            return
        partition = self.receipts.partition(entity.entity, sha256) or arrival.business_date
        new = NewContent(arrival, entity, raw, sha256, partition, known_at, manifest)
        Storage(self.home, entity).keep_raw(sha256, arrival.ending, raw, said)
        failpoint("land.after_raw_stored")
        self._read(new, complaint)

    def _make_room(self, entity: SourceEntity, sha256: str) -> None:
        if self._line.has(sha256) or (self.batch and self.batch.has(sha256)):
            self.finish()
        elif self.batch and (entity != self.batch.entity or self.batch.is_full):
            self._hand_over()

    def read_again(self, arrival: Arrival, entity: SourceEntity, sha256: str, kept: Path) -> None:
        """Read the kept bytes of a content that has a receipt, as if its first delivery came only now."""
        self._make_room(entity, sha256)
        manifest, complaint = _manifest(manifest_beside(kept))
        known_at = self.receipts.known_at(arrival, sha256) or self._known_at(arrival, entity, manifest)
        partition = self.receipts.partition(entity.entity, sha256) or arrival.business_date
        self._read(NewContent(arrival, entity, kept.read_bytes(), sha256, partition, known_at, manifest), complaint)

    def _read(self, new: NewContent, complaint: FileRefused | None) -> None:
        try:
            if complaint:
                raise complaint
            reading = read_content(new)
        except FileRefused as refusal:
            self._note(new.arrival, new.sha256, new.known_at, Taken("refused", refusal.told, 0, 0, {}))
            return
        self.batch = self.batch or Batch(new.entity)
        self.batch.contents.append((new, reading))

    def _note(self, arrival: Arrival, sha256: str, known_at: datetime, taken: Taken) -> None:
        """Note the receipt of a file with what became of it: never one without the other."""
        self.receipts.note_delivery(arrival, sha256, known_at)
        self.receipts.note_content(arrival, sha256, taken)
        self._tell(arrival, taken.status, taken.reason)
        counts = self._counts(arrival)
        counts["read_rows"] += taken.read_rows
        counts["accepted_rows"] += taken.accepted_rows
        counts["quarantined_rows"] += taken.quarantined_rows

    def _known_at(self, arrival: Arrival, entity: SourceEntity, manifest: Manifest) -> datetime:
        return manifest.delivered_at or self.world.as_of(arrival.business_date) + entity.declared_delay

    def _counts(self, arrival: Arrival) -> dict[str, int]:
        name = arrival.entity.name if arrival.entity else UNKNOWN_ENTITY
        return self.summary["entities"].setdefault(name, dict.fromkeys(_COUNTS, 0))

    def _tell(self, arrival: Arrival, status: str, reason: str = "") -> None:
        counts = self._counts(arrival)
        counts["files"] += 1
        counts[status] += 1
        name = arrival.entity.name if arrival.entity else UNKNOWN_ENTITY
        told = {
            "entity": name,
            "name": arrival.name,
            "business_date": arrival.business_date.isoformat(),
            "reason": reason,
        }
        if status in ("held", "refused", "still_growing"):
            self.summary["problems"].append({**told, "status": status, "is_required": name in self.world.required})
        elif reason:
            self.summary["drift"].append(told)


def _manifest(path: Path) -> tuple[Manifest, FileRefused | None]:
    try:
        return manifest_of(path), None
    except FileRefused as refusal:
        return Manifest(), refusal


@contextmanager
def _sole_landing(home: Home, source: str) -> Iterator[None]:
    """Wait until no other process of this machine lands ``source``; the lock ends with the process that holds it."""
    home.landed.mkdir(parents=True, exist_ok=True)
    with (home.landed / f".{source}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
