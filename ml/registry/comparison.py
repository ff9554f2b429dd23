"""How a version does beside the champion and the baseline, on one later period that none of them has learned from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np

from ml.datasets.frame import Frame
from ml.evaluation.bootstrap import interval, resampled
from ml.evaluation.metrics import figure
from ml.models.ensemble import Prediction
from ml.models.spec import ModelSpec
from ml.registry.store import Registry
from ml.registry.versions import Versions
from regulars.errors import RegularsError

CHALLENGER, CHAMPION, BASELINE = "challenger", "champion", "baseline"
_NOTE = "comparison_"

Comparison = dict[str, Any]
"""What ``compare`` notes, as JSON.

version, champion (null before the first), origin, horizon_days, customers, metric; ``scorers``: figure, low and high of
each that could be judged; ``gains``: low and high of the challenger's figure less the champion's or the baseline's,
over the same customers; ``alarms``: inputs that may have been broken when it was trained, in words; ``basis``: how the
champion was judged, or why not; ``champion_can_score``, ``champion_stays``.
"""


def compare(
    registry: Registry,
    spec: ModelSpec,
    version: str,
    trial: Frame,
    said: dict[str, Prediction],
    alarms: Sequence[str] = (),
) -> None:
    """Note how ``version``, the champion and the baseline do on ``trial``, one later period, with 95 % intervals.

    ``said`` is what the trial's fit (``model``) and its ``baseline`` foretold; ``alarms`` are inputs that may have been
    broken. A champion trained before that period is judged by its predictions, one that was tried on the same period by
    its own figure; a champion that has learned from the period has no fair figure and stays.
    """
    scored = {CHALLENGER: said["model"], BASELINE: said[BASELINE]}
    period = Period(trial.origins[-1], spec.horizon_days, trial.label, trial.rows.customer_id)
    note_comparison(registry, spec, version, period, scored, _champion(registry, spec, trial), alarms)


class Judged(Protocol):
    """A stored version, of whatever kind."""

    @property
    def version(self) -> str: ...
    @property
    def card(self) -> dict[str, Any]: ...
    @property
    def quality(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Period:
    """One later period: its ``origin`` (UTC) and length, and of each row what happened and whose it is."""

    origin: datetime
    horizon_days: int
    actual: np.ndarray
    whose: np.ndarray


def note_comparison(
    registry: Versions,
    spec: ModelSpec,
    version: str,
    period: Period,
    said: dict[str, Prediction],
    champion: dict[str, Any],
    alarms: Sequence[str] = (),
) -> None:
    """Note how those who ``said`` something of ``period`` did, and the ``champion`` as it was ``judged``."""
    scored = dict(said)
    if foretold := champion.pop("foretold"):
        scored[CHAMPION] = foretold
    draws = resampled(spec, scored, period.actual, period.whose)
    scorers: dict[str, Any] = {
        name: {"figure": figure(spec, spec.promotion_metric, prediction, period.actual), **interval(draws[name])}
        for name, prediction in scored.items()
    }
    if (own := champion.pop("own_figure")) is not None:
        scorers[CHAMPION] = {"figure": own, **interval(np.array([]))}
    comparison = {
        "version": version,
        "origin": period.origin.isoformat(),
        "horizon_days": period.horizon_days,
        "customers": len(period.actual),
        "metric": spec.promotion_metric,
        "scorers": scorers,
        "gains": {name: interval(draws[CHALLENGER] - draws[name]) for name in sorted(scored) if name != CHALLENGER},
        "alarms": list(alarms),
        **champion,
    }
    registry.note(spec.name, f"{_NOTE}{version}", comparison)


def comparison_of(registry: Versions, spec: ModelSpec, version: str) -> Comparison | None:
    """What was noted when ``version`` was trained, with the champion there was then; None when that is not there."""
    return registry.noted(spec.name, f"{_NOTE}{version}")


def _champion(registry: Registry, spec: ModelSpec, trial: Frame) -> dict[str, Any]:
    """The champion's name, whether it can score, and its predictions or own figure on ``trial``, or why none."""
    pointer = registry.pointer(spec.name)
    if not pointer:
        return judged(None, "there was no champion", can_score=False)
    name = pointer["version"]
    try:
        champion = registry.load(spec.name, name)
    except RegularsError:
        return judged(name, "the champion's files were changed, so it cannot score", can_score=False)
    if champion.ensemble.features != trial.features:
        return judged(name, "the champion was trained on other columns, so it cannot score", can_score=False)
    if champion.card["horizon_days"] != spec.horizon_days:
        return judged(name, "the champion foretells another horizon", can_score=False)
    return fairly_judged(champion, spec, trial.origins[-1], lambda: champion.ensemble.predict(trial.rows.matrix))


def fairly_judged(
    champion: Judged, spec: ModelSpec, began: datetime, foretell: Callable[[], Prediction]
) -> dict[str, Any]:
    """How a champion that can score is judged by the period that ``began``: by its own figure of it, by what it can
    ``foretell``, or not at all because it has learned from the period.
    """
    origin, name = began.isoformat(), champion.version
    if champion.quality["origin"] == origin:
        own = champion.quality["metrics"]["model"][spec.promotion_metric]
        return judged(name, "champion and challenger were judged by the same period", own_figure=own)
    if champion.card["as_of"] <= origin:
        return judged(name, "the champion was trained before this period and foretold it", foretold=foretell())
    learned = f"the champion has learned from the period from {origin[:10]}; wait for a later one"
    return judged(name, learned, stays=True)


def judged(
    champion: str | None,
    basis: str,
    *,
    foretold: Prediction | None = None,
    own_figure: float | None = None,
    can_score: bool = True,
    stays: bool = False,
) -> dict[str, Any]:
    """How a champion (None: there is none) did, or why it was not tried; it stays where a challenger must wait."""
    return {
        "champion": champion,
        "basis": basis,
        "foretold": foretold,
        "own_figure": own_figure,
        "champion_can_score": can_score,
        "champion_stays": stays,
    }
