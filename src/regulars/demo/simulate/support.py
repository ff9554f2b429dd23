"""Tickets people open with customer service; those about to leave open more, and are less content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.demo.simulate.people import People
from regulars.demo.simulate.shop import BLOCK_DAYS, DAY_MS, HORIZON_DAYS, HOUR_MS, MINUTE_MS, Calendar, Shop
from regulars.demo.simulate.visits import drawn

if TYPE_CHECKING:
    import numpy as np

CHANNELS = ("email", "phone", "chat")
TOPICS = ("delivery", "refund", "product", "account", "payment")
TICKETS_A_DAY = 1 / 900
"""Of a person who has joined and not churned; three times as many in the last 60 days."""

DAYS_BEFORE_CHURN = 60
LONGEST_DAYS_TO_RESOLVE = BLOCK_DAYS - 2


@dataclass(frozen=True)
class Tickets:
    """Tickets opened in one block, by day and person. 0: no satisfaction told. -1: never resolved."""

    ticket_id: np.ndarray
    person: np.ndarray
    opened_ms: np.ndarray
    resolved_ms: np.ndarray
    channel: np.ndarray
    topic: np.ndarray
    satisfaction: np.ndarray


def tickets(shop: Shop, calendar: Calendar, crowd: People, block: int) -> Tickets:
    """What people ask in ``block``."""
    import numpy as np

    random, found = shop.random("tickets", block), []
    joined, churned = crowd.joined_day[: crowd.customers], crowd.churned_day[: crowd.customers]
    for day in range(block * BLOCK_DAYS, min((block + 1) * BLOCK_DAYS, HORIZON_DAYS)):
        is_leaving = churned - day <= DAYS_BEFORE_CHURN
        who = drawn(random, TICKETS_A_DAY * (1 + 2 * is_leaving) * ((joined <= day) & (day < churned)))
        found.append((np.full(len(who), day), who, (day + 1) * 1_000_000 + np.arange(len(who)), is_leaving[who]))
    days, person, ticket_id, leaves = (np.concatenate(parts) for parts in zip(*found, strict=True))
    count = len(days)
    opened = calendar.start(days) + 8 * HOUR_MS + random.integers(0, 12 * 60, count) * MINUTE_MS
    minutes = (random.exponential(20 * 60, count) + 5).astype("int64")
    waited = (minutes * MINUTE_MS).clip(None, LONGEST_DAYS_TO_RESOLVE * DAY_MS)
    is_resolved = random.random(count) < 0.95
    mood = np.clip(np.round(random.normal(np.where(leaves, 2.4, 4.0), 1.0)), 1, 5).astype("int64")
    return Tickets(
        ticket_id=ticket_id,
        person=person,
        opened_ms=opened,
        resolved_ms=np.where(is_resolved, opened + waited, -1),
        channel=random.integers(0, len(CHANNELS), count),
        topic=random.integers(0, len(TOPICS), count),
        satisfaction=np.where(is_resolved & (random.random(count) < 0.6), mood, 0),
    )
