"""The level: what all customers together will spend and how many will order, and how far off that may be.

A buy-till-you-die model knows no season and no trend. By how much it missed in the past is worth looking at, a year
ago before all, but misses of a few percent are chance, and to correct by chance makes the next forecast worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ml.forecast.expectation import Expectation, fit_buy_till_you_die
from ml.forecast.lessons import Lesson
from ml.forecast.snapshot import Outcome, take_snapshot, what_followed

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

    ``active_factor``: the same for how many customers order. ``is_season_known`` is false when the log has no past
    period of the coming season, or too little before it.
    """

    factor: float
    active_factor: float
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
    year_ago = _expected_by_season(connection, first, as_of, horizon_days, recent)
    misses = list(recent.values())
    spreads = np.std(misses, axis=0) if len(misses) > 1 else np.full(2, CHANCE)
    error = max(float(spreads[0]), CHANCE / 2)
    if year_ago is not None:
        factor, active = (float(np.exp(_beyond_chance(miss))) for miss in year_ago)
        return Level(factor, active, error, True, "by what the same season brought a year ago")
    error = float(np.hypot(error, _UNSEEN_SEASON))
    if not misses:
        return Level(1.0, 1.0, error, False, "as expected: no past period to compare with")
    means, chances = np.mean(misses, axis=0), spreads / np.sqrt(len(misses))
    factor, active = (float(np.exp(_beyond_chance(*miss))) for miss in zip(means, chances, strict=True))
    is_left = factor == active == 1
    why = "as expected: past misses were within chance" if is_left else "by what was missed in the latest periods"
    return Level(factor, active, error, False, why)


def _beyond_chance(miss: float, standard_error: float = 0.0) -> float:
    """A miss (logarithm) shrunk as James and Stein (1961) do, wholly where it may be chance."""
    chance = max(CHANCE, 2 * standard_error)
    kept = max(0.0, 1 - (chance / miss) ** 2) if miss else 0.0
    return float(np.clip(kept * miss, -_LARGEST, _LARGEST))


def _recent_misses(lessons: Sequence[Lesson], as_of: datetime, horizon_days: int) -> dict[datetime, np.ndarray]:
    """Misses of the latest horizons that do not overlap, by origin, the latest first, at most four.

    Shorter labels say nothing of the level: what is missed in a month of a young log is not missed in a year.
    """
    found = {lesson.snapshot.as_of: lesson for lesson in lessons if lesson.label_days == horizon_days}
    past = [as_of - timedelta(days=horizon_days * back) for back in range(1, 5)]
    misses = {at: _miss(found[at].outcome, found[at].expectation) for at in past if at in found}
    return {at: miss for at, miss in misses.items() if miss is not None}


def _expected_by_season(
    connection: duckdb.DuckDBPyConnection,
    first: datetime,
    as_of: datetime,
    horizon_days: int,
    recent: Mapping[datetime, np.ndarray],
) -> np.ndarray | None:
    """The miss of a year before, moved by half of how much the latest two misses differ from theirs of a year before.

    A log that was young a year ago was foretold worse then; half, because each of these differences has its own chance.
    None where the log does not have the season.
    """
    year = timedelta(days=_YEAR_DAYS * -(-horizon_days // _YEAR_DAYS))
    year_ago = _miss_at(connection, first, as_of - year, horizon_days, known_at=as_of)
    if year_ago is None:
        return None
    pairs = [
        (miss, _miss_at(connection, first, at - year, horizon_days, known_at=as_of))
        for at, miss in list(recent.items())[:2]
    ]
    changes = [now - before for now, before in pairs if before is not None]
    return year_ago + np.mean(changes, axis=0) / 2 if changes else year_ago


def _miss_at(
    connection: duckdb.DuckDBPyConnection, first: datetime, at: datetime, horizon_days: int, known_at: datetime
) -> np.ndarray | None:
    """The miss at one past origin, by what was known at ``known_at``.

    None where the log has less than half a year, or a horizon, before it.
    """
    if at - first < timedelta(days=max(horizon_days, _YEAR_DAYS / 2)):
        return None
    snapshot = take_snapshot(connection, at, horizon_days)
    if not len(snapshot):
        return None
    expectation = fit_buy_till_you_die(snapshot).expect(snapshot, horizon_days)
    return _miss(what_followed(connection, at, horizon_days, snapshot.customer, known_at), expectation)


def _miss(outcome: Outcome, expectation: Expectation) -> np.ndarray | None:
    """Logarithms of actual over expected: of net spend, and of how many ordered; None where one of them is nothing."""
    actual = np.array([outcome.spend.sum(), outcome.is_active.sum()])
    expected = np.array([expectation.spend.sum(), expectation.p_active.sum()])
    return np.log(actual / expected) if min(actual.min(), expected.min()) > 0 else None
