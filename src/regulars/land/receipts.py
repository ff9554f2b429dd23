"""The ledger of one source while it is landed: what was there before, and what this landing adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa

from regulars import clock
from regulars.config import Home
from regulars.failpoint import failpoint
from regulars.land.inbox import Arrival
from regulars.ledger import Ledger, content, delivery, quarantine_reason

BAD_RATE, VOLUME = HELD_HERE = ("bad_rate", "volume")
"""How the reason begins when landing, and not a gate, held a content."""

READ_AGAIN = "read_again: begun and not ended; run `regulars quarantine replay` again"
"""Why a content is held while its kept bytes are read again: no night may use it until that has come to its end."""

_KEY = ("source", "entity", "content_sha256")


@dataclass(frozen=True)
class Taken:
    """What became of a content: its status, why, and its rows. ``reasons``: refused rows by reason."""

    status: str
    reason: str
    read_rows: int
    accepted_rows: int
    reasons: Mapping[str, int]

    @property
    def quarantined_rows(self) -> int:
        return sum(self.reasons.values())


class Receipts:
    """Deliveries and contents of ``source``; additions are written by ``flush``, all or nothing."""

    def __init__(self, home: Home, source: str) -> None:
        self._source = source
        self._store = Ledger(home.operations_url)
        arrived = self._store.rows(sa.select(delivery).where(delivery.c.source == source))
        self._deliveries = {_identity(row): row for row in arrived}
        self._by_stat = {(row["name"], row["inbox_size"], row["inbox_mtime_ns"]): row for row in arrived}
        known = self._store.rows(sa.select(content).where(content.c.source == source))
        self._contents = {(row["entity"], row["content_sha256"]): row for row in known}
        self._new_deliveries: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._new_contents: dict[tuple[str, str], dict[str, Any]] = {}
        self._new_reasons: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def __len__(self) -> int:
        return max(len(self._new_deliveries), len(self._new_contents))

    def is_settled(self, arrival: Arrival) -> bool:
        """Whether this very file has a receipt and nothing could have changed what became of it."""
        receipt = self._by_stat.get((arrival.name, arrival.size, arrival.mtime_ns))
        return receipt is not None and self.settled(receipt["entity"], receipt["content_sha256"]) is not None

    def settled(self, entity: str, sha256: str) -> dict[str, Any] | None:
        """The content when it is known and need not be read again.

        What landing itself refused or held is read again: the contract or the manifest may have been mended.
        """
        row = self._contents.get((entity, sha256))
        if (
            row is None
            or row["status"] == "refused"
            or (row["status"] == "held" and row["reason"].startswith((*HELD_HERE, READ_AGAIN)))
        ):
            return None
        return row

    def note_delivery(self, arrival: Arrival, sha256: str, known_at: datetime) -> bool:
        """Note the receipt of a file; False when there is one already. What it says of time is fixed by the first."""
        row = {
            "source": self._source,
            "entity": arrival.entity_name,
            "business_date": arrival.business_date,
            "name": arrival.name,
            "content_sha256": sha256,
            "bytes": arrival.size,
            "known_at": known_at,
            "landed_at": clock.utc_now(),
            "inbox_size": arrival.size,
            "inbox_mtime_ns": arrival.mtime_ns,
        }
        before = self._deliveries.get(_identity(row))
        if before:
            row["known_at"], row["landed_at"] = before["known_at"], before["landed_at"]
        self._deliveries[_identity(row)] = row
        self._new_deliveries[_identity(row)] = row
        return before is None

    def known_at(self, arrival: Arrival, sha256: str) -> datetime | None:
        """When the receipt of this file says it was known; None when it has none."""
        row = self._deliveries.get((arrival.entity_name, arrival.business_date, arrival.name, sha256))
        return row["known_at"] if row else None

    def partition(self, entity: str, sha256: str) -> date | None:
        """The business date that names the partition of a content; None for one that was never seen."""
        row = self._contents.get((entity, sha256))
        return row["business_date"] if row else None

    def hold_for_reading(self, contents: Iterable[Mapping[str, Any]]) -> None:
        """Keep ``contents`` out of every night until they are noted again. Written at once."""
        held = [{**row, "status": "held", "reason": READ_AGAIN} for row in contents]
        with self._store.transaction() as connection:
            self._store.upsert(connection, content, held)

    def rows_by_day(self, entity: str, without: Container[str]) -> Counter[date]:
        """Rows read of ``entity`` on each business date, of all contents neither held, refused nor in ``without``."""
        rows: Counter[date] = Counter()
        for row in self._contents.values():
            is_counted = row["entity"] == entity and row["status"] not in ("held", "refused")
            if is_counted and row["content_sha256"] not in without:
                rows[row["business_date"]] += row["read_rows"]
        return rows

    def first_deliveries(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The delivery by which each content first came, by entity and sha256: its rows are known since then."""
        parts = ("landed_at", "business_date", "name")
        latest_first = sorted(self._deliveries.values(), key=lambda row: [row[part] for part in parts], reverse=True)
        return {(row["entity"], row["content_sha256"]): row for row in latest_first}

    def contents(self) -> list[dict[str, Any]]:
        """Every content of the source, by entity, business date and sha256."""
        parts = ("entity", "business_date", "content_sha256")
        return sorted(self._contents.values(), key=lambda row: [row[part] for part in parts])

    def note_content(self, arrival: Arrival, sha256: str, taken: Taken) -> None:
        """Note what became of a content. The partition it stands in stays that of its first delivery."""
        entity = arrival.entity_name
        key = {"source": self._source, "entity": entity, "content_sha256": sha256}
        before = self._contents.get((entity, sha256))
        row = {
            **key,
            "business_date": before["business_date"] if before else arrival.business_date,
            "status": taken.status,
            "reason": taken.reason,
            "read_rows": taken.read_rows,
            "accepted_rows": taken.accepted_rows,
            "quarantined_rows": taken.quarantined_rows,
            "set_aside_rows": 0,
        }
        self._contents[entity, sha256] = row
        self._new_contents[entity, sha256] = row
        self._new_reasons[entity, sha256] = [
            {**key, "reason": reason, "rows": rows} for reason, rows in sorted(taken.reasons.items())
        ]

    def flush(self) -> None:
        """Write what was noted in one transaction."""
        if not len(self):
            return
        failpoint("land.before_ledger")
        with self._store.transaction() as connection:
            for row in self._new_contents.values():
                same = [quarantine_reason.c[name] == row[name] for name in _KEY]
                connection.execute(sa.delete(quarantine_reason).where(*same))
            self._store.upsert(connection, content, self._new_contents.values())
            self._store.upsert(connection, quarantine_reason, chain.from_iterable(self._new_reasons.values()))
            self._store.upsert(connection, delivery, self._new_deliveries.values())
        for noted in (self._new_contents, self._new_reasons, self._new_deliveries):
            noted.clear()


def _identity(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["entity"], row["business_date"], row["name"], row["content_sha256"]
