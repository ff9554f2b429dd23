"""A comparison in words: a Markdown table that Airflow's approval page draws and a terminal can show as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ml.models.spec import load_spec
from ml.registry.comparison import BASELINE, CHALLENGER, CHAMPION, Comparison


def proposal_text(decisions: Sequence[dict[str, Any]], days: int) -> str:
    """What a person is asked to approve within ``days``: one table a model that waits; empty when none does."""
    tables = [
        f"### {decision['model']}\n\n"
        + (decision.get("text") or comparison_text(decision["model"], decision["comparison"]))
        for decision in decisions
        if decision["waits"]
    ]
    answers = (
        "**Approve**: every challenger shown here scores from the next night on. "
        f"**Reject**, or no answer for {days} days: every champion stays."
    )
    return "\n\n".join([*tables, answers]) if tables else ""


def comparison_text(model: str, comparison: Comparison) -> str:
    """Challenger, champion and baseline side by side on one later period. Figures of all customers, none of one."""
    spec = load_spec(model)
    names = {
        CHALLENGER: comparison["version"],
        CHAMPION: comparison["champion"],
        BASELINE: spec.baseline.rule.replace("_", " "),
    }
    period = f"{comparison['horizon_days']} days from {comparison['origin'][:10]}"
    lines = [
        f"{comparison['metric']} (the higher the better) of {comparison['customers']:,} {spec.rows_are} "
        f"over the {period}. Intervals hold 95 % of bootstrap draws.",
        "",
        f"| scorer | version | {comparison['metric']} | interval | challenger's gain |",
        "|---|---|---|---|---|",
    ]
    for scorer in (CHALLENGER, CHAMPION, BASELINE):
        judged = comparison["scorers"].get(scorer)
        if names[scorer]:
            figure = f"{judged['figure']:.4f}" if judged else "–"
            gain = _between(comparison["gains"].get(scorer), "+.4f")
            lines.append(f"| {scorer} | {names[scorer]} | {figure} | {_between(judged, '.4f')} | {gain} |")
    return "\n".join([*lines, "", f"{comparison['basis'][0].upper()}{comparison['basis'][1:]}."])


def _between(edges: dict[str, float | None] | None, shape: str) -> str:
    """An interval, or a dash where there is none."""
    if not edges or edges["low"] is None:
        return "–"
    return f"{edges['low']:{shape}} to {edges['high']:{shape}}"
