"""Whether everything a night needs has arrived."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from regulars import ledger
from regulars.config import Home, World
from regulars.errors import DataHeld
from regulars.sources import load_entity


def missing_receipts(home: Home, world: World, business_date: date) -> list[str]:
    """Required entities without an accepted delivery: of that business date when daily, of any up to it otherwise."""
    delivery, content = ledger.delivery, ledger.content
    same = [delivery.c[name] == content.c[name] for name in ("source", "entity", "content_sha256")]
    query = (
        sa.select(delivery.c.source, delivery.c.entity, sa.func.max(delivery.c.business_date).label("latest"))
        .join(content, sa.and_(*same))
        .where(content.c.status == "accepted", delivery.c.business_date <= business_date)
        .group_by(delivery.c.source, delivery.c.entity)
    )
    latest = {
        f"{row['source']}__{row['entity']}": row["latest"] for row in ledger.Ledger(home.operations_url).rows(query)
    }
    return [
        name
        for name in world.required
        if name not in latest or (load_entity(name).cadence == "daily" and latest[name] < business_date)
    ]


def require_receipts(home: Home, world: World, business_date: date) -> None:
    """Raise DataHeld that names what is missing. What was published before stays in front."""
    missing = missing_receipts(home, world, business_date)
    if missing:
        raise DataHeld(
            f"Nothing accepted of {', '.join(missing)} for {business_date}",
            where=str(home.inbox),
            next_step=f"deliver {load_entity(missing[0]).pattern} to {missing[0].split('__')[0]}/, then run again",
        )
