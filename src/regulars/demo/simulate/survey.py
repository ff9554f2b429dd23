"""What people tell of themselves in surveys: what interests them, and how they live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.demo.simulate.people import People
from regulars.demo.simulate.shop import BLOCK_DAYS, HORIZON_DAYS, HOUR_MS, MINUTE_MS, Calendar, Shop
from regulars.demo.simulate.visits import drawn

if TYPE_CHECKING:
    import numpy as np

QUESTIONS = {
    "interest": ("cooking", "gardening", "reading", "wine"),
    "lifestyle": ("city", "family", "outdoors", "quiet"),
}
ANSWERS_A_DAY = 1 / 1500
"""Of a person who has joined and not churned, to each question."""


@dataclass(frozen=True)
class Answers:
    """Answers given in one block, by time; ``question`` and ``answer`` are places in QUESTIONS."""

    answer_id: np.ndarray
    person: np.ndarray
    answered_ms: np.ndarray
    question: np.ndarray
    answer: np.ndarray


def answers(shop: Shop, calendar: Calendar, crowd: People, block: int) -> Answers:
    """What people answer in ``block``."""
    import numpy as np

    random, found = shop.random("answers", block), []
    joined, churned = crowd.joined_day[: crowd.customers], crowd.churned_day[: crowd.customers]
    for day in range(block * BLOCK_DAYS, min((block + 1) * BLOCK_DAYS, HORIZON_DAYS)):
        who = drawn(random, ANSWERS_A_DAY * len(QUESTIONS) * ((joined <= day) & (day < churned)))
        found.append((np.full(len(who), day), who, (day + 1) * 1_000_000 + np.arange(len(who))))
    days, person, answer_id = (np.concatenate(parts) for parts in zip(*found, strict=True))
    answered = calendar.start(days) + 8 * HOUR_MS + random.integers(0, 12 * 60, len(days)) * MINUTE_MS
    question = random.integers(0, len(QUESTIONS), len(days))
    return Answers(answer_id, person, answered, question, random.integers(0, 4, len(days)))
