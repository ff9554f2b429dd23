"""Reads kept raw bytes again, after a contract or a gate was mended: as if it had been so from the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from regulars import ledger
from regulars.config import Home, World
from regulars.errors import UsageError
from regulars.land.inbox import Arrival
from regulars.land.landing import begin
from regulars.land.storage import Storage
from regulars.sources import SourceEntity

QUARANTINED = "quarantined"
"""Contents with refused or set-aside rows, and those that are held or were refused whole."""

ALL = "all"
"""Every content: rebuilds the landed Parquet of a source from what it sent."""

_SHORTEST = 8


def replay_source(home: Home, world: World, source: str, which: str, run_id: str) -> dict[str, Any]:
    """Read the kept bytes of ``source`` again; gives counts and problems as ``land_source`` does.

    ``which``: ``quarantined``, ``all``, or the sha256 of one content (its first 8 digits or more). Each content is
    landed again by the contract of today and then waits for its gate; what was known of time stays. While they are
    being read no night may use them, also after a kill; then the same call goes on. Files whose name fits no contract
    keep no bytes: they are read from the inbox by the next landing. Raises UsageError when no content is called so,
    RegularsError when a night is at work or kept bytes are gone.
    """
    store = ledger.Ledger(home.operations_url)
    with begin(home, world, source) as landing:
        store.take_lease(ledger.NIGHT_LEASE, run_id, home.in_front)
        try:
            entities = {entity.entity: entity for entity in landing.entities}
            known = [row for row in landing.receipts.contents() if row["entity"] in entities]
            wanted = [row for row in known if _is_wanted(row, which)]
            if not wanted and which not in (QUARANTINED, ALL):
                raise UsageError(f"'{source}' has no content '{which}'", next_step="see `regulars quarantine list`")
            kept = {row["content_sha256"]: _kept(home, entities[row["entity"]], row) for row in wanted}
            landing.receipts.hold_for_reading(wanted)
            first = landing.receipts.first_deliveries()
            for row in wanted:
                entity, sha256 = entities[row["entity"]], row["content_sha256"]
                arrival = _arrival(home, entity, first[entity.entity, sha256], kept[sha256])
                landing.read_again(arrival, entity, sha256, kept[sha256])
            landing.finish()
        finally:
            store.release_lease(ledger.NIGHT_LEASE, run_id)
    return landing.summary


def _is_wanted(row: dict[str, Any], which: str) -> bool:
    if which == QUARANTINED:
        return bool(row["quarantined_rows"] or row["set_aside_rows"]) or row["status"] in ("held", "refused")
    return which == ALL or (len(which) >= _SHORTEST and row["content_sha256"].startswith(which))


def _kept(home: Home, entity: SourceEntity, row: dict[str, Any]) -> Path:
    return Storage(home, entity).kept_raw(row["content_sha256"])


def _arrival(home: Home, entity: SourceEntity, delivery: dict[str, Any], kept: Path) -> Arrival:
    return Arrival(
        path=home.inbox / entity.source / delivery["name"],
        size=delivery["inbox_size"],
        mtime_ns=delivery["inbox_mtime_ns"],
        business_date=delivery["business_date"],
        entity=entity,
        ending=kept.name.removeprefix(delivery["content_sha256"]),
    )
