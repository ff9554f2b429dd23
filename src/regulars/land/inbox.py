"""What lies in the inbox of a source: of which entity and day a file is, and its bytes once it has stopped growing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from regulars.config import Home
from regulars.durable import sha256_of
from regulars.errors import RegularsError, did_you_mean
from regulars.failpoint import failpoint
from regulars.land.decompress import ENDINGS, MOST_BYTES
from regulars.land.reading import FileRefused
from regulars.sources import DATE_FIELD, MANIFEST_ENDING, SourceEntity

UNKNOWN_ENTITY = "unknown"
_NOT_DELIVERIES = (MANIFEST_ENDING, ".part")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = range(1900, 2200)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Arrival:
    """A file in the inbox. ``entity`` is null when its name fits no contract; ``complaint``: why it is not read."""

    path: Path
    size: int
    mtime_ns: int
    business_date: date
    entity: SourceEntity | None
    ending: str
    complaint: str = ""

    @property
    def name(self) -> str:
        """The file's name, bytes that are not UTF-8 written as \\x.."""
        return os.fsencode(self.path.name).decode("utf-8", "backslashreplace")

    @property
    def entity_name(self) -> str:
        """The entity as the ledger names it."""
        return self.entity.entity if self.entity else UNKNOWN_ENTITY


@dataclass(frozen=True)
class Manifest:
    """What the source says about a file in ``<file>.manifest.json``; null: it does not say."""

    rows: int | None = None
    sha256: str | None = None
    delivered_at: datetime | None = None


def arrivals(home: Home, source: str, entities: tuple[SourceEntity, ...]) -> list[Arrival]:
    """Deliveries in the inbox of ``source`` by entity, date and name. Hidden, .part and manifest files are none."""
    folder = home.inbox / source
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    files = [path for path in found if not path.name.startswith(".") and not path.name.endswith(_NOT_DELIVERIES)]
    seen = [arrival for path in files if (arrival := _arrival(path, entities)) is not None]
    return sorted(seen, key=lambda one: (one.entity.name if one.entity else "", one.business_date, one.name))


def read_whole(arrival: Arrival) -> tuple[Arrival, bytes] | None:
    """A file as it is now, and its bytes. None when it changed while it was read: it is not finished."""
    try:
        before = arrival.path.stat()
        failpoint("land.mid_read")
        raw = arrival.path.read_bytes()
        after = arrival.path.stat()
    except FileNotFoundError:
        return None
    except PermissionError:
        told = "let the user that runs this read it, then run again"
        raise RegularsError("This file may not be read", where=str(arrival.path), next_step=told) from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(raw) != after.st_size:
        return None
    return replace(arrival, size=after.st_size, mtime_ns=after.st_mtime_ns), raw


def fingerprint(arrival: Arrival) -> str:
    """sha256 of a file that is not to be read into memory; of nothing for what is no file at all."""
    is_file = stat.S_ISREG(arrival.path.lstat().st_mode)
    return sha256_of(arrival.path) if is_file else hashlib.sha256().hexdigest()


def manifest_of(path: Path) -> Manifest:
    """What the manifest ``path`` says; nothing when there is none. Raises FileRefused for a broken one."""
    if not path.exists():
        return Manifest()
    try:
        said = json.loads(path.read_text())
        rows, sha256, delivered_at = said.get("rows"), said.get("sha256"), said.get("delivered_at")
        instant = None if delivered_at is None else datetime.fromisoformat(delivered_at)
    except (ValueError, TypeError, AttributeError, OSError):
        raise FileRefused("bad_manifest", f"{path.name} is not an object with rows, sha256, delivered_at") from None
    if rows is not None and (type(rows) is not int or rows < 0):
        raise FileRefused("bad_manifest", f"rows in {path.name} is no count")
    if sha256 is not None and not _SHA256.fullmatch(str(sha256)):
        raise FileRefused("bad_manifest", f"sha256 in {path.name} is not 64 lower-case hex digits")
    if instant is not None and (instant.tzinfo is None or instant.year not in _YEARS):
        raise FileRefused("bad_manifest", f"delivered_at in {path.name} is no instant with an offset")
    return Manifest(rows, sha256, instant and instant.astimezone(UTC).replace(tzinfo=None))


def _arrival(path: Path, entities: tuple[SourceEntity, ...]) -> Arrival | None:
    try:
        # Whoever may drop files must not be able to name others: a link is looked at and not followed.
        status = path.lstat()
    except FileNotFoundError:
        return None
    described = (path, status.st_size, status.st_mtime_ns)
    # A date is needed for the receipt of a nameless file too; its own time is the nearest there is.
    dated = _iso_date(path.name) or datetime.fromtimestamp(status.st_mtime, UTC).date()
    if not stat.S_ISREG(status.st_mode):
        return Arrival(*described, dated, None, "", "not_a_file: only files are landed, and no links")
    for entity in entities:
        matched = _name_pattern(entity).fullmatch(path.name)
        if matched and (business_date := _iso_date(matched["date"])) is not None:
            excess = f"too_large: more than {MOST_BYTES:,} bytes" if status.st_size > MOST_BYTES else ""
            return Arrival(*described, business_date, entity, matched["ending"], excess)
    written = _ISO_DATE.search(path.name)
    patterns = [entity.pattern.replace(DATE_FIELD, written.group() if written else DATE_FIELD) for entity in entities]
    if written and _iso_date(path.name) is None:
        return Arrival(*described, dated, None, "", f"impossible_date: {written.group()} is no business date")
    return Arrival(*described, dated, None, "", f"unknown_name: {did_you_mean(path.name, patterns)}")


def _name_pattern(entity: SourceEntity) -> re.Pattern[str]:
    before, after = entity.pattern.split(DATE_FIELD)
    ending = re.escape(re.sub(r"\.(gz|zst)$", "", after))
    packed = "|".join(re.escape(packing) for packing in ENDINGS)
    return re.compile(
        rf"{re.escape(before)}(?P<date>\d{{4}}-\d{{2}}-\d{{2}})([._-][A-Za-z0-9_-]+)?(?P<ending>{ending}({packed}))"
    )


def _iso_date(name: str) -> date | None:
    found = _ISO_DATE.search(name)
    try:
        day = date.fromisoformat(found.group()) if found else None
    except ValueError:
        return None
    return day if day and day.year in _YEARS else None
