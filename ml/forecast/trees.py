"""Boosted trees that correct what is expected: for the spend three starting points, for orders and activity one.

Trees start where a simple forecast stands and learn by how much it is wrong (an offset), so a log that teaches nothing
leaves that forecast as it is. Three starts, averaged, are wrong in different places: nothing but the level, spend that
fades, and the buy-till-you-die model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.forecast.expectation import Expectation
from ml.forecast.lessons import Lesson, inputs
from ml.forecast.snapshot import Snapshot
from ml.models.calibration import log_odds
from ml.models.ensemble import DETERMINISTIC

if TYPE_CHECKING:
    import lightgbm

SEEDS = (1, 2, 3)
_TREES: dict[str, Any] = {
    "learning_rate": 0.05,
    "num_leaves": 15,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "data_random_seed": 1,
    **DETERMINISTIC,
    # Each tree sees a third of the columns: one by one they are read faster than row by row, for the same trees.
    "force_row_wise": False,
    "force_col_wise": True,
}
_TWEEDIE = {"objective": "tweedie", "tweedie_variance_power": 1.3}
_ROUNDS = {"level": 200, "faded": 100, "btyd": 100, "active": 60, "orders": 100}
_ROWS_A_LEAF = 700
"""A leaf holds at least one row in so many, within 20 to 200: rows of neighbouring origins repeat each other."""
_SPEND_STARTS = ("level", "faded", "btyd")
PROBABILITY_EDGE = 1e-4
"""Nobody is surer than this to order, or not to."""
_RATIO_EDGE = 3.0
"""A label's total is brought to the expected one by no more than this factor."""


@dataclass(frozen=True)
class Said:
    """What trees say of each customer: net ``spend`` with the total that was expected, the log ``odds`` of an order,
    and expected ``orders``.
    """

    spend: np.ndarray
    odds: np.ndarray
    orders: np.ndarray


@dataclass(frozen=True)
class Grown:
    """Boosters by the forecast they start from, each a list over seeds."""

    boosters: dict[str, list[lightgbm.Booster]]

    def say(self, snapshot: Snapshot, expectation: Expectation, horizon_days: int) -> Said:
        """What the customers of ``snapshot`` will do within the horizon, of whom ``expectation`` is expected."""
        matrix = inputs(snapshot, expectation, horizon_days)
        found = []
        for start in _SPEND_STARTS:
            said = np.exp(self._raw(start, matrix) + _spend_start(start, snapshot, expectation, horizon_days))
            found.append(said / said.sum())
        return Said(
            spend=np.mean(found, axis=0) * expectation.spend.sum(),
            odds=self._raw("active", matrix) + _active_start(expectation),
            orders=np.exp(self._raw("orders", matrix) + _orders_start(expectation)),
        )

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> Grown:
        """The boosters of LightGBM texts by file name, ``<start>_<number>.txt``. Raises ValueError for a broken one."""
        import lightgbm

        boosters: dict[str, list[lightgbm.Booster]] = {start: [] for start in _ROUNDS}
        for name, text in sorted(texts.items()):
            try:
                boosters[name.rsplit("_", 1)[0]].append(lightgbm.Booster(model_str=text))
            except lightgbm.basic.LightGBMError as broken:
                raise ValueError(f"{name}: {broken}") from None
        return cls(boosters)

    def _raw(self, start: str, matrix: np.ndarray) -> np.ndarray:
        said = [booster.predict(matrix, raw_score=True, num_threads=1) for booster in self.boosters[start]]
        return np.mean(said, axis=0)


def grow(lessons: Sequence[Lesson], horizon_days: int) -> Grown:
    """Trees of every kind from ``lessons``."""
    import lightgbm

    matrix = np.vstack([lesson.matrix() for lesson in lessons])
    labels, starts = _labels(lessons, horizon_days)
    leaf = int(np.clip(len(matrix) / _ROWS_A_LEAF, 20, 200))

    parameters = {**_TREES, "min_data_in_leaf": leaf}
    # Finding the bins of a matrix takes as long as growing trees on them: it is done once.
    data = lightgbm.Dataset(matrix, params=parameters).construct()

    def boost(start: str, seed: int) -> lightgbm.Booster:
        objective = {"active": {"objective": "binary"}, "orders": {"objective": "poisson"}}.get(start, _TWEEDIE)
        return lightgbm.train({**parameters, **objective, "seed": seed}, data, _ROUNDS[start])

    boosters: dict[str, list[lightgbm.Booster]] = {}
    with ThreadPoolExecutor(2) as pool:
        for start in _ROUNDS:
            data.set_label(labels[start]).set_init_score(starts[start])
            boosters[start] = list(pool.map(partial(boost, start), SEEDS))
    return Grown(boosters)


def _labels(lessons: Sequence[Lesson], horizon_days: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Labels at the length of the horizon, and where the trees start, by start."""
    labels: dict[str, list[np.ndarray]] = {start: [] for start in _ROUNDS}
    starts: dict[str, list[np.ndarray]] = {start: [] for start in _ROUNDS}
    for lesson in lessons:
        longer = horizon_days / lesson.label_days
        # The level of a period is its season; what the trees learn is who has how much of it.
        spend = np.maximum(lesson.outcome.spend, 0) * longer
        ratio = lesson.expectation.spend.sum() * longer / max(spend.sum(), 1e-9)
        spend = spend * np.clip(ratio, 1 / _RATIO_EDGE, _RATIO_EDGE)
        for start in _SPEND_STARTS:
            labels[start].append(spend)
            at = _spend_start(start, lesson.snapshot, lesson.expectation, lesson.label_days)
            starts[start].append(at + np.log(longer))
        labels["active"].append(lesson.outcome.is_active)
        starts["active"].append(np.full(len(spend), _active_start(lesson.expectation)))
        labels["orders"].append(lesson.outcome.orders)
        starts["orders"].append(_orders_start(lesson.expectation))
    return _joined(labels), _joined(starts)


def _joined(parts: dict[str, list[np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}


def _spend_start(start: str, snapshot: Snapshot, expectation: Expectation, days: int) -> np.ndarray:
    """Log of the spend within ``days`` that trees start from; nobody starts from less than a hundredth of the mean."""
    mean = expectation.spend.mean()
    if start == "level":
        return np.full(len(snapshot), np.log(mean))
    said = snapshot.faded_spend_per_day * days if start == "faded" else expectation.spend
    return np.log(said + 0.01 * mean)


def _orders_start(expectation: Expectation) -> np.ndarray:
    return np.log(expectation.orders + 0.01 * expectation.orders.mean())


def _active_start(expectation: Expectation) -> float:
    return float(log_odds(expectation.p_active.mean(), PROBABILITY_EDGE))
