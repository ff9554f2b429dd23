"""Which version scores: a challenger becomes champion when it beats the champion and the baseline on a later period."""

from __future__ import annotations

from typing import Any

from ml.models.spec import ModelSpec
from ml.registry.comparison import BASELINE, CHALLENGER, CHAMPION, Comparison, comparison_of
from ml.registry.versions import Versions
from regulars.errors import ApprovalNeeded, RegularsError


def _comparison_now(registry: Versions, spec: ModelSpec, version: str) -> Comparison | None:
    """The same; None also when there is another champion by now."""
    noted, pointer = comparison_of(registry, spec, version), registry.pointer(spec.name)
    return noted if noted and noted["champion"] == (pointer and pointer["version"]) else None


def promote_if_better(
    registry: Versions, spec: ModelSpec, version: str, *, ask: bool = False, reason: str | None = None
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


def promote_by_hand(registry: Versions, spec: ModelSpec, version: str, reason: str | None) -> None:
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


def verdict(registry: Versions, spec: ModelSpec, version: str) -> list[str]:
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


def _not_compared(spec: ModelSpec, version: str) -> RegularsError:
    return RegularsError(
        f"Version '{version}' has not been compared with the champion there is now",
        where=f"model '{spec.name}'",
        next_step="train again: that compares them on the latest period",
    )
