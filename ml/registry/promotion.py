"""Which version scores: a challenger becomes champion when it beats the champion and the baseline on a later period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ml.datasets.frame import Frame
from ml.evaluation.bootstrap import interval, resampled
from ml.evaluation.metrics import figure
from ml.models.ensemble import Prediction
from ml.models.spec import ModelSpec
from ml.registry.store import Registry, StoredModel
from regulars.errors import ApprovalNeeded, RegularsError

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
    judged = {CHALLENGER: said["model"], BASELINE: said[BASELINE]}
    champion = _champion(registry, spec, trial)
    if foretold := champion.pop("foretold"):
        judged[CHAMPION] = foretold
    draws = resampled(spec, judged, trial.label, trial.rows.customer_id)
    scorers: dict[str, Any] = {
        name: {"figure": figure(spec, spec.promotion_metric, prediction, trial.label), **interval(draws[name])}
        for name, prediction in judged.items()
    }
    if (own := champion.pop("own_figure")) is not None:
        scorers[CHAMPION] = {"figure": own, **interval(np.array([]))}
    comparison = {
        "version": version,
        "origin": trial.origins[-1].isoformat(),
        "horizon_days": spec.horizon_days,
        "customers": len(trial),
        "metric": spec.promotion_metric,
        "scorers": scorers,
        "gains": {name: interval(draws[CHALLENGER] - draws[name]) for name in sorted(judged) if name != CHALLENGER},
        "alarms": list(alarms),
        **champion,
    }
    registry.note(spec.name, f"{_NOTE}{version}", comparison)


def comparison_of(registry: Registry, spec: ModelSpec, version: str) -> Comparison | None:
    """What was noted when ``version`` was trained, with the champion there was then; None when that is not there."""
    return registry.noted(spec.name, f"{_NOTE}{version}")


def _comparison_now(registry: Registry, spec: ModelSpec, version: str) -> Comparison | None:
    """The same; None also when there is another champion by now."""
    noted, pointer = comparison_of(registry, spec, version), registry.pointer(spec.name)
    return noted if noted and noted["champion"] == (pointer and pointer["version"]) else None


def promote_if_better(
    registry: Registry, spec: ModelSpec, version: str, *, ask: bool = False, reason: str | None = None
) -> dict[str, Any]:
    """Promote ``version`` when it is better than both; returns promoted, waits, the comparison and the reasons.

    With ``ask`` a version that would replace a champion which can score ``waits`` for a person instead. ``reason`` goes
    into the history. Raises RegularsError when ``version`` has not been compared with the champion there is now.
    """
    pointer = registry.pointer(spec.name)
    decision = {"model": spec.name, "version": version, "promoted": False, "waits": False}
    if pointer and pointer["version"] == version:
        return {**decision, "comparison": None, "reasons": ["it is the champion already"]}
    comparison = _comparison_now(registry, spec, version)
    if not comparison:
        raise _not_compared(spec, version)
    obstacles = obstacles_of(spec, comparison)
    waits = not obstacles and ask and comparison["champion_can_score"]
    if not obstacles and not waits:
        registry.promote(spec.name, version, reason=reason)
    reasons = obstacles or [_gain(comparison, BASELINE), comparison["basis"]]
    return {
        **decision,
        "promoted": not obstacles and not waits,
        "waits": waits,
        "comparison": comparison,
        "reasons": reasons,
    }


def promote_by_hand(registry: Registry, spec: ModelSpec, version: str, reason: str | None) -> None:
    """Promote ``version`` because a person says so; one that is not better needs a ``reason``, which is recorded.

    Raises ApprovalNeeded when it needs one and has none.
    """
    registry.load(spec.name, version)
    against = verdict(registry, spec, version)
    if against and not reason:
        raise ApprovalNeeded(
            f"Version '{version}' was not promoted: {'; '.join(against)}",
            where=f"model '{spec.name}'",
            next_step="train again, or say why it is to score all the same: --reason TEXT",
        )
    registry.promote(spec.name, version, reason=reason)


def verdict(registry: Registry, spec: ModelSpec, version: str) -> list[str]:
    """What speaks against letting ``version`` score from now on; empty when nothing does."""
    if (registry.pointer(spec.name) or {}).get("version") == version:
        return []
    comparison = _comparison_now(registry, spec, version)
    return obstacles_of(spec, comparison) if comparison else ["it has not been compared with the champion there is now"]


def obstacles_of(spec: ModelSpec, comparison: Comparison) -> list[str]:
    """What speaks against promoting the version of ``comparison``; empty when it is better than both."""
    scorers, found = comparison["scorers"], [f"an input is in alarm: {one}" for one in comparison.get("alarms", ())]
    if not _is_better(spec, comparison, BASELINE):
        found.append(f"not better than the baseline: {_against(comparison, BASELINE)}")
    if comparison["champion_stays"]:
        found.append(comparison["basis"])
    elif CHAMPION in scorers and not _is_better(spec, comparison, CHAMPION):
        found.append(f"not better than the champion: {_against(comparison, CHAMPION)}")
    return found


def _is_better(spec: ModelSpec, comparison: Comparison, rival: str) -> bool:
    scorers = comparison["scorers"]
    return scorers[CHALLENGER]["figure"] > scorers[rival]["figure"] + spec.minimum_gain


def _against(comparison: Comparison, rival: str) -> str:
    scorers = comparison["scorers"]
    return f"{comparison['metric']} {scorers[CHALLENGER]['figure']} against {scorers[rival]['figure']}"


def _gain(comparison: Comparison, rival: str) -> str:
    return f"better than the {rival}: {_against(comparison, rival)}"


def _champion(registry: Registry, spec: ModelSpec, trial: Frame) -> dict[str, Any]:
    """The champion's name, whether it can score, and its predictions or own figure on ``trial``, or why none."""
    pointer = registry.pointer(spec.name)
    if not pointer:
        return _judged(None, "there was no champion", can_score=False)
    name = pointer["version"]
    try:
        champion = registry.load(spec.name, name)
    except RegularsError:
        return _judged(name, "the champion's files were changed, so it cannot score", can_score=False)
    if champion.ensemble.features != trial.features:
        return _judged(name, "the champion was trained on other columns, so it cannot score", can_score=False)
    if champion.card["horizon_days"] != spec.horizon_days:
        return _judged(name, "the champion foretells another horizon", can_score=False)
    return _fairly_judged(champion, spec, trial)


def _fairly_judged(champion: StoredModel, spec: ModelSpec, trial: Frame) -> dict[str, Any]:
    origin, name = trial.origins[-1].isoformat(), champion.version
    if champion.quality["origin"] == origin:
        own = champion.quality["metrics"]["model"][spec.promotion_metric]
        return _judged(name, "champion and challenger were judged by the same period", own_figure=own)
    if champion.card["as_of"] <= origin:
        foretold = champion.ensemble.predict(trial.rows.matrix)
        return _judged(name, "the champion was trained before this period and foretold it", foretold=foretold)
    learned = f"the champion has learned from the period from {origin[:10]}; wait for a later one"
    return _judged(name, learned, stays=True)


def _judged(
    champion: str | None,
    basis: str,
    *,
    foretold: Prediction | None = None,
    own_figure: float | None = None,
    can_score: bool = True,
    stays: bool = False,
) -> dict[str, Any]:
    return {
        "champion": champion,
        "basis": basis,
        "foretold": foretold,
        "own_figure": own_figure,
        "champion_can_score": can_score,
        "champion_stays": stays,
    }


def _not_compared(spec: ModelSpec, version: str) -> RegularsError:
    return RegularsError(
        f"Version '{version}' has not been compared with the champion there is now",
        where=f"model '{spec.name}'",
        next_step="train again: that compares them on the latest period",
    )
