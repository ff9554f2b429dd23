"""Which version scores: a challenger becomes champion when it beats the champion and the baseline on a later period."""

from __future__ import annotations

from typing import Any

from ml.datasets.frame import Frame
from ml.evaluation.metrics import evaluate
from ml.models.spec import ModelSpec
from ml.registry.store import Registry, StoredModel
from regulars.errors import RegularsError

_NOTE = "comparison"


def compare(registry: Registry, spec: ModelSpec, version: str, trial: Frame) -> None:
    """Note how the champion does on ``trial``, the later period ``version`` was judged by.

    The champion's own figure counts when it was judged by the same period, its predictions when it was trained before
    that period; otherwise it has already learned from it, and there is no fair figure.
    """
    found = _champion_figure(registry, spec, trial)
    registry.note(spec.name, _NOTE, {"version": version, "origin": trial.origins[-1].isoformat(), **found})


def promote_if_better(registry: Registry, spec: ModelSpec, version: str) -> dict[str, Any]:
    """Promote ``version`` when it is better than both; returns promoted (bool), the figures, and the reasons.

    Raises RegularsError when ``version`` has not been compared with the champion there is now.
    """
    challenger = registry.load(spec.name, version)
    metrics = challenger.quality["metrics"]
    figure, baseline = (metrics[scorer][spec.promotion_metric] for scorer in ("model", "baseline"))
    decision = {
        "model": spec.name,
        "version": version,
        "metric": spec.promotion_metric,
        "figure": figure,
        "baseline": baseline,
    }
    pointer = registry.pointer(spec.name)
    if pointer and pointer["version"] == version:
        return {**decision, "promoted": False, "reasons": ["it is the champion already"]}
    noted = registry.noted(spec.name, _NOTE)
    if not noted or noted["version"] != version or noted["champion"] != (pointer and pointer["version"]):
        raise RegularsError(
            f"Version '{version}' has not been compared with the champion there is now",
            where=f"model '{spec.name}'",
            next_step="train again: that compares them on the latest period",
        )
    obstacles = _obstacles(spec, figure, baseline, noted)
    if not obstacles:
        registry.promote(spec.name, version)
    reasons = obstacles or [f"better than the baseline ({figure} against {baseline})", noted["basis"]]
    return {**decision, "champion": noted["figure"], "promoted": not obstacles, "reasons": reasons}


def _obstacles(spec: ModelSpec, figure: float, baseline: float, noted: dict[str, Any]) -> list[str]:
    found = []
    if not figure > baseline + spec.minimum_gain:
        found.append(f"not better than the baseline: {spec.promotion_metric} {figure} against {baseline}")
    if noted["stays"]:
        found.append(noted["basis"])
    elif noted["figure"] is not None and not figure > noted["figure"] + spec.minimum_gain:
        found.append(f"not better than the champion: {spec.promotion_metric} {figure} against {noted['figure']}")
    return found


def _champion_figure(registry: Registry, spec: ModelSpec, trial: Frame) -> dict[str, Any]:
    pointer = registry.pointer(spec.name)
    if not pointer:
        return {"champion": None, "figure": None, "stays": False, "basis": "there is no champion yet"}
    name = pointer["version"]
    try:
        champion = registry.load(spec.name, name)
    except RegularsError:
        return _note(name, None, "the champion's files were changed, so it cannot score")
    if champion.ensemble.features != trial.features:
        return _note(name, None, "the champion was trained on other columns, so it cannot score")
    if champion.card["horizon_days"] != spec.horizon_days:
        return _note(name, None, "the champion foretells another horizon")
    return _fair_figure(champion, spec, trial)


def _fair_figure(champion: StoredModel, spec: ModelSpec, trial: Frame) -> dict[str, Any]:
    origin = trial.origins[-1].isoformat()
    if champion.quality["origin"] == origin:
        figure = champion.quality["metrics"]["model"][spec.promotion_metric]
        return _note(champion.version, figure, "champion and challenger were judged by the same period")
    if champion.card["as_of"] <= origin:
        prediction = champion.ensemble.predict(trial.rows.matrix)
        figure = evaluate(spec, prediction, trial.label)[spec.promotion_metric]
        return _note(champion.version, figure, "the champion was trained before this period and foretold it")
    return _note(
        champion.version,
        None,
        f"the champion has learned from the period from {origin[:10]}; wait for a later one",
        True,
    )


def _note(champion: str, figure: float | None, basis: str, stays: bool = False) -> dict[str, Any]:
    return {"champion": champion, "figure": figure, "stays": stays, "basis": basis}
