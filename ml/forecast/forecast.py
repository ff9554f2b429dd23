"""The one entry: what each customer of a log will buy within a horizon, with how sure that is and by which model.

Trees are believed as far as they were right before: the same fit is made one label window earlier, and what it said
of the window since then is weighed against what the buy-till-you-die model said. Where the log is too short for that,
or the trees were not better, the buy-till-you-die model answers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from ml.forecast.expectation import Expectation, fit_buy_till_you_die
from ml.forecast.lessons import Lesson, collect
from ml.forecast.level import Level, find_level
from ml.forecast.snapshot import Snapshot, take_snapshot
from ml.forecast.spread import drawn_interval, learned_interval, total_interval
from ml.forecast.trees import PROBABILITY_EDGE, Grown, grow
from ml.models.calibration import log_odds, probability, with_mean
from regulars.errors import RegularsError

if TYPE_CHECKING:
    import duckdb

_WEIGHTS = np.linspace(0, 1, 5)
_FEWEST_CUSTOMERS = 200
_FEWEST_BUYERS = 30
BTYD, BLEND, TREES = "buy_till_you_die", "blend", "trees"


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
class _Trust:
    """How much of each answer is the trees', 0 to 1, and the trial it was found by: what was said, what happened."""

    spend: float
    active: float
    said: np.ndarray
    happened: np.ndarray
    note: str


def forecast(connection: duckdb.DuckDBPyConnection, as_of: datetime, horizon_days: int) -> Forecast:
    """What the customers of ``purchase`` with an order before ``as_of`` will do in ``horizon_days`` from then on.

    Only rows before ``as_of`` are read. Raises RegularsError when there is no order before it, or no revenue.
    """
    first, customers = _extent(connection, as_of)
    connection.execute("set threads = 1")  # So that sums of doubles are the same in every run; snapshots run in two.
    snapshot = take_snapshot(connection, as_of, horizon_days)
    expectation = fit_buy_till_you_die(snapshot).expect(snapshot, horizon_days)
    if snapshot.column("spend").sum() <= 0:
        raise RegularsError(
            "Net revenue before this day is not above zero: there is nothing to forecast from",
            where=f"{as_of:%Y-%m-%d}",
            next_step="see that the amount is what was paid, and refunds alone are negative: --map amount=COLUMN",
        )
    lessons = collect(connection, first, as_of, horizon_days, customers)
    level = find_level(connection, first, as_of, horizon_days, lessons)
    trust, note = _trust(lessons, horizon_days, customers)
    notes = [note, f"Level: {level.why}."]
    if not level.is_season_known:
        notes.append("No past period tells of the coming season: the interval of the sum is wider for it.")
    if trust is None or not (trust.spend or trust.active):
        return _answer(snapshot, expectation, level, None, trust, BTYD, notes)
    grown = grow(lessons, horizon_days)
    model = TREES if min(trust.spend, trust.active) == 1 else BLEND
    said = _blended(grown, snapshot, expectation, horizon_days, trust)
    return _answer(snapshot, expectation, level, said, trust, model, notes)


def _extent(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> tuple[datetime, int]:
    ((first, customers),) = connection.execute(
        "select min(ordered_at), count(distinct customer) from purchase where is_order and ordered_at < ?", [as_of]
    ).fetchall()
    if first is None:
        ((oldest, latest),) = connection.execute("select min(ordered_at), max(ordered_at) from purchase").fetchall()
        raise RegularsError(
            f"There is no order before {as_of:%Y-%m-%d}; the log goes from {oldest:%Y-%m-%d} to {latest:%Y-%m-%d}",
            next_step="choose a later day: --as-of",
        )
    return first, int(customers)


def _trust(lessons: Sequence[Lesson], horizon_days: int, customers: int) -> tuple[_Trust | None, str]:
    """Weights by the latest label windows that can be foretold from earlier ones, and why in a sentence."""
    if customers < _FEWEST_CUSTOMERS:
        return None, f"Buy-till-you-die alone: {customers} customers are fewer than {_FEWEST_CUSTOMERS}."
    trial = next((lesson for lesson in sorted(lessons, key=_by_length) if _precedents(lessons, lesson)), None)
    if trial is None:
        return None, "Buy-till-you-die alone: the log is too short to try anything else on its own past."
    buyers = int(trial.outcome.is_active.sum())
    if min(buyers, len(trial.snapshot) - buyers) < _FEWEST_BUYERS or trial.outcome.spend.sum() <= 0:
        return None, f"Buy-till-you-die alone: of {len(trial.snapshot)} customers {buyers} ordered in the trial period."
    grown = grow(_precedents(lessons, trial), horizon_days)
    return _weighed(grown, trial)


def _by_length(lesson: Lesson) -> tuple[int, float]:
    """The longest labels first, of those the latest."""
    return (-lesson.label_days, -lesson.known_at.timestamp())


def _precedents(lessons: Sequence[Lesson], trial: Lesson) -> list[Lesson]:
    """Lessons known before ``trial`` began; empty without at least two origins of them."""
    known = [lesson for lesson in lessons if lesson.known_at <= trial.snapshot.as_of]
    return known if len({lesson.snapshot.as_of for lesson in known}) > 1 else []


def _weighed(grown: Grown, trial: Lesson) -> tuple[_Trust, str]:
    snapshot, expectation, days = trial.snapshot, trial.expectation, trial.label_days
    happened = np.maximum(trial.outcome.spend, 0)
    said = grown.say(snapshot, expectation, days)
    spend = said.spend * happened.sum() / expectation.spend.sum()
    rival = expectation.spend * happened.sum() / expectation.spend.sum()
    weight = _best(lambda weight: _tweedie_deviance(happened, _between(rival, spend, weight)))
    odds, share = log_odds(expectation.p_active, PROBABILITY_EDGE), float(trial.outcome.is_active.mean())
    active = _best(
        lambda weight: _log_loss(trial.outcome.is_active, with_mean(odds + weight * (said.odds - odds), share))
    )
    note = (
        f"In the {days} days from {snapshot.as_of:%Y-%m-%d} trees deserved {weight:.0%} of the forecast of spend and "
        f"{active:.0%} of that of activity, the buy-till-you-die model the rest."
    )
    return _Trust(weight, active, _between(rival, spend, weight), trial.outcome.spend, note), note


def _best(loss: Callable[[float], np.ndarray]) -> float:
    """The weight of least mean loss; 0 unless it is better than 0 by more than two standard errors."""
    losses = [loss(weight) for weight in _WEIGHTS]
    best = int(np.argmin([one.mean() for one in losses]))
    gain = losses[0] - losses[best]
    return float(_WEIGHTS[best]) if gain.mean() > 2 * gain.std() / np.sqrt(len(gain)) else 0.0


def _between(rival: np.ndarray, trees: np.ndarray, weight: float) -> np.ndarray:
    """The geometric mean of two forecasts of spend, with the total of the second."""
    said = np.exp((1 - weight) * np.log(rival + 1e-9) + weight * np.log(trees + 1e-9))
    return said * trees.sum() / said.sum()


def _tweedie_deviance(happened: np.ndarray, said: np.ndarray, power: float = 1.5) -> np.ndarray:
    said = np.maximum(said, 1e-3 * said.mean())
    return 2 * (said ** (2 - power) / (2 - power) - happened * said ** (1 - power) / (1 - power))


def _log_loss(is_active: np.ndarray, p_active: np.ndarray) -> np.ndarray:
    return -np.log(np.where(is_active > 0, p_active, 1 - p_active))


def _blended(
    grown: Grown, snapshot: Snapshot, expectation: Expectation, horizon_days: int, trust: _Trust
) -> Expectation:
    said, odds = grown.say(snapshot, expectation, horizon_days), log_odds(expectation.p_active, PROBABILITY_EDGE)
    return Expectation(
        p_alive=expectation.p_alive,
        p_active=probability(odds + trust.active * (said.odds - odds)),
        orders=_between(expectation.orders, said.orders if trust.spend else expectation.orders, trust.spend),
        order_value=expectation.order_value,
        spend=_between(expectation.spend, said.spend, trust.spend),
    )


def _answer(
    snapshot: Snapshot,
    expectation: Expectation,
    level: Level,
    said: Expectation | None,
    trust: _Trust | None,
    model: str,
    notes: Sequence[str],
) -> Forecast:
    own = said or expectation
    p_active = with_mean(log_odds(own.p_active), float(expectation.p_active.mean()) * level.active_factor)
    spend = own.spend * level.factor
    if trust is not None:
        scale = spend.mean() / max(float(trust.said.mean()), 1e-9)
        low, high = (bound * scale for bound in learned_interval(trust.said, trust.happened, spend / scale))
    else:
        low, high = drawn_interval(expectation, spend)
    total_low, total_high = total_interval(spend, high, level.error)
    orders = np.maximum(own.orders * level.factor, p_active)
    return Forecast(
        snapshot.customer,
        p_active,
        orders,
        spend,
        np.minimum(low, spend),
        np.maximum(high, spend),
        total_low,
        total_high,
        model,
        tuple(notes),
        expectation,
    )
