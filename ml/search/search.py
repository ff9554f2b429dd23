"""The search: what ships, well-known learners, then as many combinations of parameters as there is time for.

All are judged on the same folds, by the figure the model is promoted by. From ``instant`` on, where the last period
begins, nothing is read: that period is left for the trial every training makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import Any

import numpy as np

from ml.datasets.frame import Frame
from ml.evaluation.metrics import figure
from ml.models.ensemble import Prediction
from ml.models.fit import fit_at, refuse_degenerate
from ml.models.rivals import Rival, rivals_of
from ml.models.spec import ModelSpec
from ml.search.folds import Fold, folds_of
from ml.search.spec import SearchSpec, with_parameters

SHIPPED = "as it ships"
FOREST_TREES = 100


@dataclass(frozen=True)
class Tried:
    """A learner with its figure on each fold. ``parameters`` are those that differ from what ships."""

    name: str
    figures: np.ndarray
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        return float(self.figures.mean())

    @property
    def standard_error(self) -> float:
        """Of the mean over folds, as if they were drawn alone; they share customers, so it is rather too small."""
        return _standard_error(self.figures)

    def gain(self, other: Tried) -> tuple[float, float]:
        """How much better than ``other`` on the same folds: mean of the differences, and its standard error."""
        difference = self.figures - other.figures
        return float(difference.mean()), _standard_error(difference)


@dataclass(frozen=True)
class Found:
    """What a search came to. ``tried`` are in the order of the draw; ``rivals`` know the same rows and columns."""

    metric: str
    folds: tuple[Fold, ...]
    shipped: Tried
    rivals: tuple[Tried, ...]
    tried: tuple[Tried, ...]

    @property
    def best(self) -> Tried | None:
        """The try with the highest mean; None when there was no time for one."""
        return max(self.tried, key=lambda one: one.mean, default=None)


def search(
    frame: Frame,
    spec: ModelSpec,
    searched: SearchSpec,
    instant: datetime,
    seed: int,
    is_time_left: Callable[[], bool],
    most_tries: int | None = None,
) -> Found:
    """Try ``searched`` around ``spec`` with what was known at ``instant``, while ``is_time_left`` and not too often.

    What ships is always judged to the end. For rivals and tries ``is_time_left`` is asked before each fold; what was
    begun and not finished does not count. The same seed gives the same tries in the same order. Raises TrainingRefused
    when a fold has too little to learn from or to judge by.
    """
    known = frame.known_at(instant)
    folds = folds_of(known, spec, searched.periods, searched.groups, seed)
    for fold in folds:
        refuse_degenerate(spec, fold.judged(known), f"a fold of the period from {fold.origin:%Y-%m-%d}")
    judge = partial(_judged, known, spec, folds)
    shipped = Tried(SHIPPED, judge(partial(_of_spec, spec), lambda: True))
    rivals = (
        Tried(name, judge(partial(_of_rival, spec, rival), is_time_left))
        for name, rival in rivals_of(spec, FOREST_TREES).items()
    )
    tries = (
        Tried(f"try {number}", judge(partial(_of_spec, with_parameters(spec, parameters)), is_time_left), parameters)
        for number, parameters in enumerate(searched.combinations(seed)[:most_tries], start=1)
    )
    return Found(spec.promotion_metric, tuple(folds), shipped, _finished(rivals), _finished(tries))


def _judged(
    frame: Frame,
    spec: ModelSpec,
    folds: list[Fold],
    foretell: Callable[[Frame, Fold], Prediction],
    is_time_left: Callable[[], bool],
) -> np.ndarray:
    """The figure of each fold; NaN from when time was up."""
    figures = np.full(len(folds), np.nan)
    for place, fold in enumerate(folds):
        if not is_time_left():
            break
        figures[place] = figure(spec, spec.promotion_metric, foretell(frame, fold), fold.judged(frame).label)
    return figures


def _finished(tried: Iterable[Tried]) -> tuple[Tried, ...]:
    """Those before time was up; the rest is not begun."""
    return tuple(takewhile(lambda one: not np.isnan(one.figures).any(), tried))


def _of_spec(spec: ModelSpec, frame: Frame, fold: Fold) -> Prediction:
    return fit_at(fold.learned(frame), spec, fold.origin).ensemble.predict(fold.judged(frame).rows.matrix)


def _of_rival(spec: ModelSpec, rival: Rival, frame: Frame, fold: Fold) -> Prediction:
    return rival(fold.learned(frame).latest(spec.origin_count), fold.judged(frame))


def _standard_error(figures: np.ndarray) -> float:
    return float(figures.std(ddof=1) / np.sqrt(len(figures)))
