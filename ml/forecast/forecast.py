"""The one entry: what each customer of a log will buy within a horizon, with how sure that is and by which model.

Trees are believed as far as they were right before (`ml.forecast.trust`). Where the log is too short for that, or the
trees were not better, the buy-till-you-die model answers alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from ml.forecast.expectation import BuyTillYouDie, Expectation, fit_buy_till_you_die
from ml.forecast.lessons import collect
from ml.forecast.level import Level, find_level
from ml.forecast.snapshot import Snapshot, take_snapshot
from ml.forecast.spread import drawn_interval, total_interval
from ml.forecast.trees import Grown, grow
from ml.forecast.trust import Trial, Trust, weigh
from ml.models.calibration import log_odds, with_mean
from regulars.errors import RegularsError

if TYPE_CHECKING:
    import duckdb

BTYD, BLEND, TREES = "buy_till_you_die", "blend", "trees"


class NothingToForecast(RegularsError):
    """There is no order before the day, or no revenue."""


@dataclass(frozen=True)
class Forecast:
    """One row a customer with an order before as_of, ordered by ``customer``; arrays have one value a customer.

    p_active: probability of an order within the horizon, calibrated. expected_orders: never below p_active.
    expected_spend: net, in the log's currency; spend_low and spend_high hold the middle 80 % of it. total_low and
    total_high hold the middle 80 % of the sum. ``model`` says what answered, ``notes`` why, in sentences.
    """

    customer: np.ndarray
    p_active: np.ndarray
    expected_orders: np.ndarray
    expected_spend: np.ndarray
    spend_low: np.ndarray
    spend_high: np.ndarray
    total_low: float
    total_high: float
    model: str
    notes: tuple[str, ...]
    rival: Expectation


@dataclass(frozen=True)
class Learned:
    """What was learned of a log at one instant. ``trust`` and ``grown`` are None where trees have no say."""

    horizon_days: int
    buy_till_you_die: BuyTillYouDie
    level: Level
    trust: Trust | None
    grown: Grown | None
    notes: tuple[str, ...]

    @property
    def model(self) -> str:
        """What answers."""
        if self.trust is None or self.grown is None:
            return BTYD
        return TREES if min(self.trust.spend, self.trust.active) == 1 else BLEND

    def say(self, snapshot: Snapshot, level: Level | None = None) -> Forecast:
        """What the customers of ``snapshot``, which may be a later one, will do within the horizon.

        ``level`` is one found later than what was learned, if there is one.
        """
        level = level or self.level
        expectation = self.buy_till_you_die.expect(snapshot, self.horizon_days)
        own = expectation
        if self.trust is not None and self.grown is not None:
            own = self.trust.blended(self.grown.say(snapshot, expectation, self.horizon_days), expectation)
        p_active = with_mean(log_odds(own.p_active), float(expectation.p_active.mean()) * level.active_factor)
        spend = own.spend * level.factor
        low, high = self.trust.spread.of(spend) if self.trust else drawn_interval(expectation, spend)
        total_low, total_high = total_interval(spend, high, level.error)
        return Forecast(
            customer=snapshot.customer,
            p_active=p_active,
            expected_orders=np.maximum(own.orders * level.factor, p_active),
            expected_spend=spend,
            spend_low=np.minimum(low, spend),
            spend_high=np.maximum(high, spend),
            total_low=total_low,
            total_high=total_high,
            model=self.model,
            notes=self.notes,
            rival=expectation,
        )


def forecast(connection: duckdb.DuckDBPyConnection, as_of: datetime, horizon_days: int) -> Forecast:
    """What the customers of ``purchase`` with an order before ``as_of`` will do in ``horizon_days`` from then on.

    Only rows before ``as_of`` are read. Raises NothingToForecast when there is no order before it, or no revenue.
    """
    learned, _, snapshot = learn(connection, as_of, horizon_days)
    return learned.say(snapshot)


def learn(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, horizon_days: int
) -> tuple[Learned, Trial | None, Snapshot]:
    """What is learned of ``purchase`` with what was known at ``as_of``, its trial, and the snapshot of that instant.

    There is no trial where there was nothing to try on. Raises NothingToForecast as ``forecast`` does.
    """
    first, customers = _extent(connection, as_of)
    connection.execute("set threads = 1")  # So that sums of doubles are the same in every run; snapshots run in two.
    snapshot = take_snapshot(connection, as_of, horizon_days)
    if snapshot.column("spend").sum() <= 0:
        raise NothingToForecast(
            "Net revenue before this day is not above zero: there is nothing to forecast from",
            where=f"{as_of:%Y-%m-%d}",
            next_step="see that the amount is what was paid, and refunds alone are negative: --map amount=COLUMN",
        )
    fitted = fit_buy_till_you_die(snapshot)
    lessons = collect(connection, first, as_of, horizon_days, customers)
    level = find_level(connection, first, as_of, horizon_days, lessons)
    trust, trial, note = weigh(lessons, horizon_days, customers)
    notes = [note, f"Level: {level.why}."]
    if not level.is_season_known:
        notes.append("No past period tells of the coming season: the interval of the sum is wider for it.")
    grown = grow(lessons, horizon_days) if trust and (trust.spend or trust.active) else None
    return Learned(horizon_days, fitted, level, trust, grown, tuple(notes)), trial, snapshot


def _extent(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> tuple[datetime, int]:
    ((first, customers),) = connection.execute(
        "select min(ordered_at), count(distinct customer) from purchase where is_order and ordered_at < ? "
        "and known_from <= ?",
        [as_of, as_of],
    ).fetchall()
    if first is None:
        ((oldest, latest),) = connection.execute("select min(ordered_at), max(ordered_at) from purchase").fetchall()
        extent = f"; the log goes from {oldest:%Y-%m-%d} to {latest:%Y-%m-%d}" if oldest else ""
        raise NothingToForecast(
            f"There is no order before {as_of:%Y-%m-%d}{extent}", next_step="choose a later day: --as-of"
        )
    return first, int(customers)
