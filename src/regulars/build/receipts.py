"""Whether everything a night needs has arrived."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from regulars import ledger
from regulars.config import Home, World
from regulars.errors import DataHeld
from regulars.sources import load_entity


def missing_receipts(home: Home, world: World, business_date: date) -> list[str]:
    """Required entities a night lacks, each with its day: ``<source>__<entity> of <day>``.

    Lacking is an accepted delivery of that business date (of any up to it where it comes once), and of every earlier
    day of which there is a delivery: a day whose only file was held or refused is not left out in silence.
    """
    days = _accepted_by_day(home, business_date)
    lacking = []
    for name in world.required:
        found = days.get(name, {})
        comes_daily = load_entity(name).cadence == "daily"
        if not found or (comes_daily and business_date not in found):
            lacking.append(f"{name} of {business_date}")
        lacking += [f"{name} of {day}" for day, is_accepted in sorted(found.items()) if not is_accepted]
    return lacking


def went_without(home: Home, world: World, business_date: date) -> list[str]:
    """Optional entities a night does without: nothing accepted of its day, or nothing at all of what comes once.

    What came after the cut-off was not there, whenever the night is built.
    """
    days = _accepted_by_day(home, business_date, world.known_by(business_date))
    return [
        name
        for name in world.optional
        if not any(
            is_accepted and (day == business_date or load_entity(name).cadence != "daily")
            for day, is_accepted in days.get(name, {}).items()
        )
    ]


def _accepted_by_day(home: Home, business_date: date, known_by: datetime | None = None) -> dict[str, dict[date, bool]]:
    delivery, content = ledger.delivery, ledger.content
    same = [delivery.c[name] == content.c[name] for name in ("source", "entity", "content_sha256")]
    in_time = [delivery.c.known_at <= known_by] if known_by else []
    query = (
        sa.select(delivery.c.source, delivery.c.entity, delivery.c.business_date, content.c.status)
        .join(content, sa.and_(*same))
        .where(delivery.c.business_date <= business_date, *in_time)
    )
    days: dict[str, dict[date, bool]] = {}
    for row in ledger.Ledger(home.operations_url).rows(query):
        of_entity = days.setdefault(f"{row['source']}__{row['entity']}", {})
        is_accepted = row["status"] == "accepted"
        of_entity[row["business_date"]] = of_entity.get(row["business_date"], False) or is_accepted
    return days


def require_receipts(home: Home, world: World, business_date: date) -> None:
    """Raise DataHeld that names what is missing. What was published before stays in front."""
    missing = missing_receipts(home, world, business_date)
    if missing:
        first = missing[0].split(" of ")[0]
        raise DataHeld(
            f"Nothing accepted of {', '.join(missing[:5])}" + (f" and {len(missing) - 5} more" if missing[5:] else ""),
            where=str(home.inbox),
            next_step=f"deliver {load_entity(first).pattern} to {first.split('__')[0]}/, then run again",
        )
