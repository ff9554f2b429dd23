"""How far trees are to be believed: as far as they were right before.

The fit is made one label window earlier, and what its trees said of the window since then is weighed against what the
buy-till-you-die model said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ml.forecast.expectation import Expectation
from ml.forecast.lessons import Lesson
from ml.forecast.spread import Spread, learn_spread
from ml.forecast.trees import PROBABILITY_EDGE, Said, grow
from ml.models.calibration import log_odds, probability, with_mean

_WEIGHTS = np.linspace(0, 1, 5)
_FEWEST_CUSTOMERS = 200
_FEWEST_BUYERS = 30


@dataclass(frozen=True)
class Trust:
    """How much of each answer is the trees', 0 to 1: of spend and of activity; and how far off it was in the trial."""

    spend: float
    active: float
    spread: Spread

    def blended(self, said: Said, expectation: Expectation) -> Expectation:
        """Trees and expectation together; the total of spend is the expected one."""
        odds = log_odds(expectation.p_active, PROBABILITY_EDGE)
        return Expectation(
            p_alive=expectation.p_alive,
            p_active=probability(odds + self.active * (said.odds - odds)),
            orders=_between(expectation.orders, said.orders if self.spend else expectation.orders, self.spend),
            order_value=expectation.order_value,
            spend=_between(expectation.spend, said.spend, self.spend),
        )


@dataclass(frozen=True)
class Trial:
    """The trial: its period and customers, and how they were ordered by trees that knew nothing of it.

    ``spend`` and ``p_active`` order customers; their level is that of what happened, so it proves nothing. The weights,
    one of five numbers each, are chosen on the same period, which makes figures a little too good. ``origins`` and
    ``rows`` are what was learned from in the end, the trial's period included.
    """

    lesson: Lesson
    spend: np.ndarray
    p_active: np.ndarray
    origins: tuple[datetime, ...]
    rows: int


def weigh(lessons: Sequence[Lesson], horizon_days: int, customers: int) -> tuple[Trust | None, Trial | None, str]:
    """Weights by the latest label window that can be foretold from earlier ones, its trial, and why in a sentence."""
    if customers < _FEWEST_CUSTOMERS:
        return None, None, f"Buy-till-you-die alone: {customers} customers are fewer than {_FEWEST_CUSTOMERS}."
    tried = next((lesson for lesson in sorted(lessons, key=_by_length) if _precedents(lessons, lesson)), None)
    if tried is None:
        return None, None, "Buy-till-you-die alone: the log is too short to try anything else on its own past."
    buyers, total = int(tried.outcome.is_active.sum()), len(tried.snapshot)
    if min(buyers, total - buyers) < _FEWEST_BUYERS or tried.outcome.spend.sum() <= 0:
        return None, None, f"Buy-till-you-die alone: of {total} customers {buyers} ordered in the trial period."
    grown = grow(_precedents(lessons, tried), horizon_days)
    return _weighed(grown.say(tried.snapshot, tried.expectation, tried.label_days), tried, lessons)


def _by_length(lesson: Lesson) -> tuple[int, float]:
    """The longest labels first, of those the latest."""
    return (-lesson.label_days, -lesson.known_at.timestamp())


def _precedents(lessons: Sequence[Lesson], trial: Lesson) -> list[Lesson]:
    """Lessons known before ``trial`` began; empty without at least two origins of them."""
    known = [lesson for lesson in lessons if lesson.known_at <= trial.snapshot.as_of]
    return known if len({lesson.snapshot.as_of for lesson in known}) > 1 else []


def _weighed(said: Said, tried: Lesson, lessons: Sequence[Lesson]) -> tuple[Trust, Trial, str]:
    expectation, days, happened = tried.expectation, tried.label_days, np.maximum(tried.outcome.spend, 0)
    level = happened.sum() / expectation.spend.sum()
    trees, rival = said.spend * level, expectation.spend * level
    odds, share = log_odds(expectation.p_active, PROBABILITY_EDGE), float(tried.outcome.is_active.mean())
    blends_of_spend = [_between(rival, trees, weight) for weight in _WEIGHTS]
    blends_of_activity = [with_mean(odds + weight * (said.odds - odds), share) for weight in _WEIGHTS]
    losses = (
        np.array([_tweedie_deviance(happened, blend) for blend in blends_of_spend]),
        np.array([_log_loss(tried.outcome.is_active, blend) for blend in blends_of_activity]),
    )
    spend, active = (_best(loss) for loss in losses)
    trust = Trust(
        float(_WEIGHTS[spend]), float(_WEIGHTS[active]), learn_spread(blends_of_spend[spend], tried.outcome.spend)
    )
    trial = Trial(
        tried,
        blends_of_spend[spend],
        blends_of_activity[active],
        tuple(sorted({lesson.snapshot.as_of for lesson in lessons})),
        sum(len(lesson.snapshot) for lesson in lessons),
    )
    note = (
        f"In the {days} days from {tried.snapshot.as_of:%Y-%m-%d} trees deserved {trust.spend:.0%} of the forecast of "
        f"spend and {trust.active:.0%} of that of activity, the buy-till-you-die model the rest."
    )
    return trust, trial, note


def _best(losses: np.ndarray) -> int:
    """Which of the weights has the least mean loss; the first unless that is better by over two standard errors."""
    best = int(np.argmin(losses.mean(axis=1)))
    gain = losses[0] - losses[best]
    return best if gain.mean() > 2 * gain.std() / np.sqrt(len(gain)) else 0


def _between(rival: np.ndarray, trees: np.ndarray, weight: float) -> np.ndarray:
    """The geometric mean of two forecasts of spend, with the total of the second."""
    said = np.exp((1 - weight) * np.log(rival + 1e-9) + weight * np.log(trees + 1e-9))
    return said * trees.sum() / said.sum()


def _tweedie_deviance(happened: np.ndarray, said: np.ndarray, power: float = 1.5) -> np.ndarray:
    said = np.maximum(said, 1e-3 * said.mean())
    return 2 * (said ** (2 - power) / (2 - power) - happened * said ** (1 - power) / (1 - power))


def _log_loss(is_active: np.ndarray, p_active: np.ndarray) -> np.ndarray:
    return -np.log(np.where(is_active > 0, p_active, 1 - p_active))
