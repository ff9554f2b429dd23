"""The holdout figures: each model fitted with what was known at an origin, judged by the horizon that followed.

``python -m regulars.proof [BUSINESS_DATE]``: the origin is the start of that business day. Ends with 1 when a goal is
missed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date, timedelta

import click

from ml.datasets.frame import training_frame
from ml.datasets.origins import origins_of
from ml.evaluation.holdout import Quality, evaluate_holdout
from ml.models.spec import load_spec
from regulars import clock, config, contracts, warehouse
from regulars.build.training import build_frames


@dataclass(frozen=True)
class Goal:
    """What a figure of a model has to reach; ``rival`` is the published comparison, where there is one."""

    model: str
    metric: str
    limit: float
    at_least: bool
    rival: str = ""

    def is_met(self, value: float) -> bool:
        """Whether ``value`` reaches the goal; a limit from above counts by distance from zero."""
        return value >= self.limit if self.at_least else abs(value) <= self.limit


RIVALS_ORIGIN = "2017-12-04"
"""The business date at which the published comparisons were measured."""

GOALS = (
    Goal("churn", "roc_auc", 0.87, True, "Pareto/NBD 0.868"),
    Goal("churn", "ece", 0.025, False),
    Goal("ltv", "normalised_gini", 0.825, True, "Pareto/NBD 0.800"),
    Goal("ltv", "bias", 0.05, False),
)


@click.command()
@click.argument("business_date", default=RIVALS_ORIGIN)
def main(business_date: str) -> None:
    """Print the holdout figures of churn and lifetime value beside their baselines."""
    home, world = config.home(), config.world()
    origin_day = date.fromisoformat(business_date)
    origin = clock.business_day_start(origin_day, world.business_zone)
    specs = {name: load_spec(name) for name in sorted({goal.model for goal in GOALS})}
    horizon = timedelta(days=max(spec.horizon_days for spec in specs.values()))
    origins = origins_of(list(specs.values()), origin_day + horizon, world.alive_from, world.business_zone)
    folder = build_frames(home, world, origins, name="proof")
    with warehouse.candidate(folder, read_only=True) as connection:
        frames = {name: training_frame(connection, spec, contracts.features()) for name, spec in specs.items()}
    qualities = {name: evaluate_holdout(frames[name], spec, origin)[0] for name, spec in specs.items()}
    _print(qualities, world.title, business_date)
    missed = [goal for goal in GOALS if not goal.is_met(qualities[goal.model].metrics["model"][goal.metric])]
    sys.exit(1 if missed else 0)


def _print(qualities: dict[str, Quality], title: str, business_date: str) -> None:
    first = next(iter(qualities.values()))
    click.echo(f"{title} · origin {business_date} · horizon {first.horizon_days} days · {first.rows:,} customers")
    click.echo(f"{'':24}{'model':>10}{'baseline':>10}   goal")
    for name, quality in qualities.items():
        for metric, value in quality.metrics["model"].items():
            goal = next((goal for goal in GOALS if (goal.model, goal.metric) == (name, metric)), None)
            told = ""
            if goal:
                sign = "≥" if goal.at_least else "within"
                told = f"{sign} {goal.limit} · {'met' if goal.is_met(value) else 'missed'}"
                told += f" · {goal.rival}" if goal.rival and business_date == RIVALS_ORIGIN else ""
            row = f"{name + ' ' + metric:24}{value:10.4f}{quality.metrics['baseline'][metric]:10.4f}   {told}"
            click.echo(row.rstrip())


if __name__ == "__main__":
    main()
