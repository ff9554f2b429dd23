"""Landed contents that wait for their gate, and what becomes of each in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from regulars import ledger, sources
from regulars.config import Home, World
from regulars.errors import RegularsError
from regulars.quality.set_aside import REASON_PREFIX, Refusals
from regulars.sources import SourceEntity

Content = dict[str, Any]
"""A row of the ledger's table ``content``."""


@dataclass(frozen=True)
class Waiting:
    """One entity of a source, by its contract, and its contents that no gate has let through yet."""

    contract: SourceEntity
    contents: list[Content]

    @property
    def table(self) -> str:
        """Its name in suites and results."""
        return self.contract.name

    @property
    def with_rows(self) -> list[Content]:
        """The contents there is something to judge in; header-only and empty ones have no landed file."""
        return [content for content in self.contents if content["accepted_rows"]]

    def landed_files(self, home: Home) -> list[Path]:
        """The typed rows of the contents. Raises RegularsError when one is gone."""
        folder = home.landed / self.contract.source / self.contract.entity
        files = [
            folder / f"business_date={content['business_date']}" / f"{content['content_sha256']}.parquet"
            for content in self.with_rows
        ]
        for path in files:
            if not path.exists():
                raise RegularsError(
                    "This landed file is gone", where=str(path), next_step="run `regulars run --full-rebuild`"
                )
        return files

    def quarantine(self, home: Home) -> Path:
        """Where its refused rows are named; below ``personal/`` when its source sends personal columns."""
        below = home.personal if self.contract.is_personal else home.landed
        return below / "quarantine" / self.contract.source / self.contract.entity


def waiting(store: ledger.Ledger, world: World, source: str) -> list[Waiting]:
    """The world's entities of ``source`` that have contents which are landed, or held by a gate and not replaced."""
    content, found = ledger.content, []
    open_ones = sa.or_(
        content.c.status == "landed", sa.and_(content.c.status == "held", content.c.reason.startswith(REASON_PREFIX))
    )
    for contract in sources.load_entities(world):
        if contract.source != source:
            continue
        rows = store.rows(
            sa.select(content)
            .where(content.c.source == source, content.c.entity == contract.entity, open_ones)
            .order_by(content.c.business_date, content.c.content_sha256)
        )
        if any(row["status"] == "held" for row in rows):
            replaced = _replaced(store, source, contract.entity)
            rows = [row for row in rows if row["content_sha256"] not in replaced]
        if rows:
            found.append(Waiting(contract, rows))
    return found


def _replaced(store: ledger.Ledger, source: str, entity: str) -> set[str]:
    """Contents whose every delivery was followed by another content under the same business date and name."""
    delivery = ledger.delivery
    rows = store.rows(sa.select(delivery).where(delivery.c.source == source, delivery.c.entity == entity))
    return {row["content_sha256"] for row in rows} - {row["content_sha256"] for row in ledger.in_force(rows)}


def settle(entity: Waiting, refusals: Refusals) -> list[Content]:
    """The ledger's rows as they are to be: accepted with what is set aside, or held with the reason."""
    settled, allowed = [], entity.contract.max_bad_rate
    for content in entity.contents:
        sha, refused = content["content_sha256"], refusals.count(content["content_sha256"])
        bad = content["quarantined_rows"] + refused
        status, reason, set_aside = "accepted", "", refused
        if sha in refusals.held_by:
            status, reason, set_aside = "held", REASON_PREFIX + refusals.held_by[sha], 0
        elif refused and entity.contract.has_too_many_bad(bad, content["read_rows"]):
            status, set_aside = "held", 0
            reason = f"{REASON_PREFIX}{bad} of {content['read_rows']} rows are bad, allowed are {allowed:.2%}"
        settled.append(content | {"status": status, "reason": reason, "set_aside_rows": set_aside})
    return settled


def record(store: ledger.Ledger, settled: list[Content], refusals: Mapping[str, Refusals]) -> None:
    """Write the settled contents and the reasons of what is set aside, in one transaction."""
    reasons = ledger.quarantine_reason
    counted = [
        {"source": row["source"], "entity": row["entity"], "content_sha256": row["content_sha256"]}
        | {"reason": reason, "rows": rows}
        for row in settled
        if row["set_aside_rows"]
        for reason, rows in refusals[f"{row['source']}__{row['entity']}"].rows[row["content_sha256"]].items()
    ]
    with store.transaction() as connection:
        store.upsert(connection, ledger.content, settled)
        store.upsert(connection, reasons, counted)
