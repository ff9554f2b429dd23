"""``python -m bench.models TABLE``: how well models do on a later period, beside rivals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click

from bench.side_by_side import side_by_side
from ml.datasets.frame import training_frame
from ml.datasets.moments import MOMENTS, learnable, moment_frame, training_periods
from ml.datasets.origins import origins_of
from ml.models.fit import TrainingRefused
from ml.models.spec import load_spec, spec_names
from ml.registry.export import exported_champion
from ml.registry.store import Registry
from ml.scoring.intent import load_intent, score
from ml.scoring.visit import VisitSoFar
from regulars import config, contracts, warehouse
from regulars.build.moments import build_moments
from regulars.build.training import build_frames

CALLS = 20_000
TRAINING_SECONDS = 180


@click.group()
def main() -> None:
    """Tables of models beside rivals."""


@main.command()
@click.option("--customers", default=10_000, show_default=True)
@click.option("--days", default=500, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--home", type=click.Path(path_type=Path), help="A home of the simulated shop whose night has run.")
def intent(customers: int, days: int, seed: int, home: Path | None) -> None:
    """Purchase intent and cart recovery, on the last period of a simulated shop."""
    size = ["--customers", str(customers), "--days", str(days), "--seed", str(seed)]
    with _finished("shop", home, "demo", "simulate", *size):
        _moments(periods=1)
        _speed(Registry(config.home().models))


@main.command()
@click.option("--home", type=click.Path(path_type=Path), help="A home of Complete Journey whose night has run.")
def customers(home: Path | None) -> None:
    """Churn and lifetime value, on the last period of Complete Journey."""
    with _finished("complete_journey", home, "demo", "extract"):
        _customers()


@main.command()
@click.option("--home", type=click.Path(path_type=Path), help="A home of Complete Journey whose night has run.")
def response(home: Path | None) -> None:
    """Who redeems a coupon of a campaign they were sent, on three periods of Complete Journey."""
    with _finished("complete_journey", home, "demo", "extract"):
        _moments(periods=3)


@main.command()
def forecast() -> None:
    """What customers of Complete Journey will buy, beside Pareto/NBD; ends with 1 when a goal is missed."""
    from bench.forecast import complete_journey

    sys.exit(0 if complete_journey() else 1)


@main.command()
@click.option("--customers", default=100_000, show_default=True)
@click.option("--days", default=365, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--home", type=click.Path(path_type=Path), help="A home of the simulated shop whose night has run.")
def training(customers: int, days: int, seed: int, home: Path | None) -> None:
    """What it takes to train all that `retrain_models` trains, one after another, for a simulated shop."""
    size = ["--customers", str(customers), "--days", str(days), "--seed", str(seed)]
    with _finished("shop", home, "demo", "simulate", *size):
        (summary,) = (config.home().root / "runs").glob("retrain_models.*/summary.json")
        tasks = [
            task for task in json.loads(summary.read_text())["tasks"] if task["task"].startswith(("build", "train"))
        ]
        for task in tasks:
            click.echo(f"{task['task']:16}{task['milliseconds'] / 1000:8.1f} s   {task['outcome']}")
        seconds, peak = (sum(task["milliseconds"] for task in tasks) / 1000, max(t["peak_rss_bytes"] for t in tasks))
        verdict = "met" if seconds <= TRAINING_SECONDS else "missed"
        click.echo(f"together {seconds:.1f} s · peak {peak / 1e6:,.0f} MB · goal {TRAINING_SECONDS} s · {verdict}")


@contextmanager
def _finished(world: str, home: Path | None, *laid_out: str) -> Iterator[None]:
    """Work in ``home``, or in one that is made by the verb ``laid_out`` and a night, and thrown away."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        os.environ |= {"REGULARS_HOME": str(home or scratch), "REGULARS_WORLD": world}
        program = str(Path(sys.executable).with_name("regulars"))
        for verb in () if home else (laid_out, ("run",)):
            subprocess.run([program, *verb], stdout=subprocess.DEVNULL, check=True)
        yield


def _customers() -> None:
    """A table of each model of customers, on the last complete period."""
    home, world = config.home(), config.world()
    specs, day = [load_spec(name) for name in spec_names()], world.last_business_date + timedelta(days=1)
    folder = build_frames(home, world, origins_of(specs, day, world.alive_from, world.business_zone), name="bench")
    for spec in specs:
        with warehouse.candidate(folder, read_only=True) as connection:
            frame = training_frame(connection, spec, contracts.features())
        side_by_side(spec, spec, frame, frame.origins[-1])


def _moments(periods: int) -> None:
    """A table of each model of moments this world can learn, on each of its last ``periods``."""
    home, world = config.home(), config.world()
    specs = learnable(home.published_database)
    day = world.last_business_date + timedelta(days=1)
    folder = build_moments(home, world, training_periods(specs, day, world.alive_from, world.business_zone))
    boosters = next(spec for spec in specs if spec.boosters)
    for spec in specs:
        columns = contracts.moment_features(MOMENTS[spec.target].contract)
        with warehouse.candidate(folder, read_only=True) as connection:
            frame = moment_frame(connection, spec, columns)
        for origin in frame.origins[-periods:]:
            try:
                side_by_side(spec, boosters, frame, origin)
            except TrainingRefused as refused:
                click.echo(f"{refused}\n")


def _speed(registry: Registry) -> None:
    """What one call of the exported function takes."""
    if not registry.pointer("purchase_intent"):
        click.echo("purchase_intent has no champion: nothing to export")
        return
    model, features = load_intent(exported_champion(registry, "purchase_intent")), VisitSoFar(3, 1).features()
    began = time.perf_counter()
    for _ in range(CALLS):
        score(model, features)
    microseconds = (time.perf_counter() - began) / CALLS * 1e6
    verdict = "met" if microseconds <= 100 else "missed"
    click.echo(f"score(features) · {microseconds:.1f} µs a call, {len(features)} features · goal 100 · {verdict}")


if __name__ == "__main__":
    main()
