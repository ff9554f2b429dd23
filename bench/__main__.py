"""``python -m bench``: what a night costs on a simulated shop, a line for each figure with its goal."""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path

import click

from bench import steps
from bench.measured import Cost, measured
from regulars.build.layers import parse
from regulars.config import Home
from regulars.demo.simulate import Shop

EVENTS_OF_THE_GOAL = 2_500_000


@click.command()
@click.option("--customers", default=10_000, show_default=True, help="About 100 web events each in two years.")
@click.option("--days", default=729, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(customers: int, days: int, seed: int) -> None:
    """Measure landing, gates, the full build and the night after it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        home = Home(Path(scratch) / "home")
        os.environ |= {"REGULARS_HOME": str(home.root), "REGULARS_WORLD": "shop", "REGULARS_IDENTIFIER_KEY": "bench"}
        os.environ["AIRFLOW_HOME"] = str(home.root / "airflow")
        _measure(home, Shop(customers, seed), days)


def _measure(home: Home, shop: Shop, days: int) -> None:
    nothing = home.candidates / "nothing"
    night = steps.first_day() + timedelta(days=days - 1)
    _cost("dbt reads the project", measured(parse))
    fixed = _cost("full build of nothing (dbt's fixed cost)", measured(steps.build, nothing, night, True))
    made = measured(steps.simulate, shop, 0, days - 1)
    landed = {source: measured(steps.land, source) for source in steps.SOURCES}
    events = landed["web"].outcome
    _line("simulate", made.cpu_seconds / events * 1e6, "CPU s per 1 M events", 10.0, made)
    _line(
        "land JSONL.gz", landed["web"].cpu_seconds / events * EVENTS_OF_THE_GOAL, "CPU s per 2.5 M", 5.5, landed["web"]
    )
    rows = landed["transactions"].outcome
    _line("land CSV.gz", landed["transactions"].cpu_seconds / rows * EVENTS_OF_THE_GOAL, "CPU s per 2.5 M", 6.0, None)
    _cost("gates of landed rows", measured(steps.gate_sources))
    full = _cost("full build", measured(steps.build, home.candidates / "full", night, True))
    bare = _cost("the same SQL without dbt", measured(steps.bare, home.candidates / "bare", night))
    tuned = _cost("hand-tuned SQL, sessions, days and RFM only", measured(steps.hand_tuned))
    net = full.cpu_seconds - fixed.cpu_seconds
    _ratio("full build without dbt's fixed cost", net, bare.cpu_seconds, "the same SQL", 1.1)
    _ratio("full build without dbt's fixed cost", net, tuned.cpu_seconds, "hand-tuned", 1.3)
    _line("full build, peak", full.peak_mb, "MB", 1000, None)
    _cost("gate of the profile", measured(steps.gate_profile, home.candidates / "full"))
    steps.become_publication(home.candidates / "full", home)
    measured(steps.simulate, shop, days, days)
    for source in steps.SOURCES:
        measured(steps.land, source)
    measured(steps.gate_sources)
    after = night + timedelta(days=1)
    added = _cost("the night after, touched only", measured(steps.build, home.candidates / "added", after, False))
    again = _cost("the night after, rebuilt", measured(steps.build, home.candidates / "again", after, True))
    costs = (added.cpu_seconds - fixed.cpu_seconds, again.cpu_seconds - fixed.cpu_seconds)
    _ratio("incremental night without dbt's fixed cost", *costs, "its rebuild", 0.15)


def _cost(name: str, cost: Cost) -> Cost:
    click.echo(f"  {name} · {cost.cpu_seconds:.1f} CPU s · {cost.peak_mb:.0f} MB")
    return cost


def _line(name: str, ours: float, unit: str, goal: float, cost: Cost | None) -> None:
    peak = f" · peak {cost.peak_mb:.0f} MB" if cost else ""
    click.echo(f"{name} · {ours:.2f} {unit} · goal {goal:g} · {'met' if ours <= goal else 'missed'}{peak}")


def _ratio(name: str, ours: float, rival: float, whose: str, goal: float) -> None:
    ratio = ours / rival
    told = f"{name} · {ours:.1f} CPU s · {whose} {rival:.1f} · ratio {ratio:.2f} · goal {goal:g}"
    click.echo(f"{told} · {'met' if ratio <= goal else 'missed'}")


if __name__ == "__main__":
    main()
