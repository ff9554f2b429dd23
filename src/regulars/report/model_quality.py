"""What the page says of each model: what it predicts, what is in use, and its figures beside the baseline's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from regulars.config import World
from regulars.report import charts, metrics, scores, wording
from regulars.report.facts import Row

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class About:
    """How a model is spoken of. ``outcome`` is what the mean of its actual values is called."""

    model: str
    title: str
    target: str
    outcome: str
    caught: str
    baseline: str
    chart_format: str
    live_metrics: tuple[str, ...]
    has_curve: bool = False

    def written(self, currency: str) -> Callable[[float | None], str]:
        """How predicted and actual values are written."""
        if self.model == "churn":
            return wording.percent
        return partial(wording.money, currency=currency, places=2)


CHURN = About(
    model="churn",
    title="Likely to leave",
    target="probability of no order",
    outcome="share who left",
    caught="of those who left",
    baseline="recency rule",
    chart_format=".0%",
    live_metrics=("roc_auc", "pr_auc", "top_decile_lift", "ece"),
    has_curve=True,
)
LTV = About(
    model="ltv",
    title="Expected to spend",
    target="net revenue per customer",
    outcome="net revenue per customer",
    caught="of net revenue",
    baseline="last period's revenue",
    chart_format=",.0f",
    live_metrics=("normalised_gini", "top_decile_lift", "bias"),
)


def model_sections(connection: duckdb.DuckDBPyConnection, world: World, currency: str) -> list[dict[str, Any]]:
    """One mapping a model, churn first, ready for the template; without figures where nothing was measured yet."""
    in_use = {row["model"]: row for row in scores.scorers_in_use(connection)}
    quality, lift, live = scores.quality(connection), scores.lift(connection), scores.live(connection)
    curves = scores.precision_recall(connection)
    return [
        {
            "about": about,
            "in_use": in_use.get(about.model),
            "measured": _measured(quality, about, world),
            "metrics": _metrics(quality, about),
            "tenths": _side_by_side(tenths := [row for row in lift if row["model"] == about.model]),
            "written": about.written(currency),
            "lift_chart": charts.lift_by_tenth(tenths),
            "calibration_chart": charts.calibration(tenths, about.chart_format, about.outcome),
            "curve": _side_by_side(curve := [row for row in curves if row["model"] == about.model]),
            "curve_chart": charts.precision_recall(curve) if about.has_curve else None,
            "nights": (nights := _nights(live, about, world)),
            "live_metrics": [metrics.metric(name) for name in about.live_metrics],
            "live_chart": charts.live_line(nights, about.live_metrics[0], metrics.metric(about.live_metrics[0]).label),
        }
        for about in (CHURN, LTV)
    ]


def _measured(quality: list[Row], about: About, world: World) -> Row | None:
    first = next((row for row in quality if row["model"] == about.model), None)
    return first and {**first, "origin_day": wording.day(wording.local(first["origin"], world.business_zone))}


def _nights(live: list[Row], about: About, world: World) -> list[Row]:
    """One row a night whose scores were measured, the first one first: figures by metric, and what was said then."""
    found: dict[Any, Row] = {}
    for row in live:
        if row["model"] == about.model:
            night = wording.local(row["origin"], world.business_zone)
            told = {name: row[name] for name in ("version", "scorer", "customers", "horizon_days")}
            found.setdefault(row["origin"], {**told, "night": night, "origin_day": wording.day(night)})
            found[row["origin"]][row["metric"]] = row["value"]
    return list(found.values())


def _metrics(quality: list[Row], about: About) -> list[tuple[metrics.Metric, Row]]:
    found = {row["metric"]: row for row in quality if row["model"] == about.model}
    return [(metrics.metric(name), found[name]) for name in metrics.in_reading_order(found)]


def _side_by_side(tenths: list[Row]) -> list[Row]:
    """One row a tenth, highest first, with what each scorer found in it; None where a scorer has no such tenth."""
    found = {(row["scorer"], row["decile"]): row for row in tenths}
    return [
        {"decile": decile, "model": found.get(("model", decile)), "baseline": found.get(("baseline", decile))}
        for decile in sorted({row["decile"] for row in tenths}, reverse=True)
    ]
