"""The level: what all customers together will spend, and how far off that may be.

A buy-till-you-die model knows no season and no trend. By how much it missed in the past is worth looking at, a year
ago before all, but misses of a few percent are chance, and to correct by chance makes the next forecast worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ml.forecast.expectation import fit_buy_till_you_die
from ml.forecast.lessons import Lesson
from ml.forecast.snapshot import take_snapshot, what_followed

if TYPE_CHECKING:
    import duckdb

CHANCE = 0.05
"""Relative misses up to this are taken for chance. An assumption: at the origins it was tried on they were 1 to 3 %."""
_YEAR_DAYS = 364
"""A year that begins on the same day of the week."""
_LARGEST = np.log(1.5)
_UNSEEN_SEASON = 0.1
"""Standard error added, in logarithms, where no past period tells of the coming season. An assumption."""


@dataclass(frozen=True)
class Level:
    """``factor`` by which the expected total is corrected, the standard ``error`` of its logarithm, and ``why``.

    ``is_season_known`` is false when the log has no past period of the coming season, or too little before it.
    """

    factor: float
    error: float
    is_season_known: bool
    why: str


def find_level(
    connection: duckdb.DuckDBPyConnection,
    first: datetime,
    as_of: datetime,
    horizon_days: int,
    lessons: Sequence[Lesson],
) -> Level:
    """The level for the horizon after ``as_of``, from what was missed before it."""
    recent = _recent_misses(lessons, as_of, horizon_days)
    year_ago = _miss_a_year_ago(connection, first, as_of, horizon_days)
    spread = float(np.std(recent)) if len(recent) > 1 else CHANCE
    error = max(spread, CHANCE / 2)
    if year_ago is not None:
        return Level(float(np.exp(_beyond_chance(year_ago))), error, True, "by what the same season brought a year ago")
    error = float(np.hypot(error, _UNSEEN_SEASON))
    if not recent:
        return Level(1.0, error, False, "as expected: no past period to compare with")
    mean = float(np.mean(recent))
    factor = float(np.exp(_beyond_chance(mean, spread / np.sqrt(len(recent)))))
    why = "as expected: past misses were within chance" if factor == 1 else "by what was missed in the latest periods"
    return Level(factor, error, False, why)


def _beyond_chance(miss: float, standard_error: float = 0.0) -> float:
    """A miss (logarithm) shrunk as James and Stein (1961) do, wholly where it may be chance."""
    chance = max(CHANCE, 2 * standard_error)
    kept = max(0.0, 1 - (chance / miss) ** 2) if miss else 0.0
    return float(np.clip(kept * miss, -_LARGEST, _LARGEST))


def _recent_misses(lessons: Sequence[Lesson], as_of: datetime, horizon_days: int) -> list[float]:
    """Logarithms of actual over expected totals of the latest horizons that do not overlap, at most four.

    Shorter labels say nothing of the level: what is missed in a month of a young log is not missed in a year.
    """
    found = {lesson.snapshot.as_of: lesson for lesson in lessons if lesson.label_days == horizon_days}
    past = [found.get(as_of - timedelta(days=horizon_days * back)) for back in range(1, 5)]
    misses = [_miss(one.outcome.spend.sum(), one.expectation.spend.sum()) for one in past if one]
    return [miss for miss in misses if miss is not None]


def _miss_a_year_ago(
    connection: duckdb.DuckDBPyConnection, first: datetime, as_of: datetime, horizon_days: int
) -> float | None:
    """Logarithm of actual over expected in the same season a year before; None where the log does not have it."""
    at = as_of - timedelta(days=_YEAR_DAYS * -(-horizon_days // _YEAR_DAYS))
    if at - first < timedelta(days=max(horizon_days, _YEAR_DAYS / 2)):
        return None
    snapshot = take_snapshot(connection, at, horizon_days)
    if not len(snapshot):
        return None
    expectation = fit_buy_till_you_die(snapshot).expect(snapshot, horizon_days)
    outcome = what_followed(connection, at, horizon_days, snapshot.customer)
    return _miss(outcome.spend.sum(), expectation.spend.sum())


def _miss(actual: float, expected: float) -> float | None:
    return float(np.log(actual / expected)) if actual > 0 and expected > 0 else None
