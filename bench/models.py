"""``python -m bench.models``: how well models do on later periods, beside rivals, ceilings and goals, as one table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain
from pathlib import Path

import click

from bench.blocks import Block, Goal, tell
from bench.clusters import clusters
from bench.forecast import forecasts, published_fits
from bench.scoring import scoring
from bench.side_by_side import side_by_side
from ml.clustering.registry import ClusterRegistry
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
TRAINING_SECONDS, CALL_MICROSECONDS = 180, 100
SHOP, LARGE_SHOP = (10_000, 500, 7), (100_000, 365, 7)
"""Customers, days and seed of the simulated shops."""


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Tables of models beside rivals; without a name all of them as one. Ends with 1 where a goal is missed."""
    if context.invoked_subcommand is None:
        _told(chain(_complete_journey(None), _simulated(*SHOP, None), _trained(*LARGE_SHOP, None), _of_logs()))


@main.command()
@click.option("--home", type=click.Path(path_type=Path), help="A home of Complete Journey whose night has run.")
def journey(home: Path | None) -> None:
    """Churn, lifetime value, response to campaigns and clusters, on later periods of Complete Journey."""
    _told(_complete_journey(home))


@main.command()
@click.option("--customers", default=SHOP[0], show_default=True)
@click.option("--days", default=SHOP[1], show_default=True)
@click.option("--seed", default=SHOP[2], show_default=True)
@click.option("--home", type=click.Path(path_type=Path), help="A home of the simulated shop whose night has run.")
def intent(customers: int, days: int, seed: int, home: Path | None) -> None:
    """Purchase intent and cart recovery, on the last period of a simulated shop."""
    _told(_simulated(customers, days, seed, home))


@main.command()
def forecast() -> None:
    """What customers of Complete Journey and CDNOW will buy, beside Pareto/NBD, and its published fits."""
    _told(_of_logs())


@main.command()
@click.option("--customers", default=LARGE_SHOP[0], show_default=True)
@click.option("--days", default=LARGE_SHOP[1], show_default=True)
@click.option("--seed", default=LARGE_SHOP[2], show_default=True)
@click.option("--home", type=click.Path(path_type=Path), help="A home of the simulated shop whose night has run.")
def training(customers: int, days: int, seed: int, home: Path | None) -> None:
    """What it takes to train all that `retrain_models` trains, one after another, for a simulated shop."""
    _told(_trained(customers, days, seed, home))


def _told(blocks: Iterable[Block]) -> None:
    sys.exit(0 if tell(blocks) else 1)


def _complete_journey(home: Path | None) -> Iterator[Block]:
    with _finished("complete_journey", home, "demo", "extract"):
        yield from _customers()
        yield from _moments(periods=3)
        yield from clusters(ClusterRegistry(config.home().models))


def _simulated(customers: int, days: int, seed: int, home: Path | None) -> Iterator[Block]:
    size = ["--customers", str(customers), "--days", str(days), "--seed", str(seed)]
    with _finished("shop", home, "demo", "simulate", *size):
        yield from _moments(periods=1)
        yield from _speed(Registry(config.home().models))


def _of_logs() -> Iterator[Block]:
    yield from forecasts()
    yield from published_fits()


def _trained(customers: int, days: int, seed: int, home: Path | None) -> Iterator[Block]:
    size = ["--customers", str(customers), "--days", str(days), "--seed", str(seed)]
    with _finished("shop", home, "demo", "simulate", *size):
        (summary,) = (config.home().root / "runs").glob("retrain_models.*/summary.json")
        tasks = [
            task for task in json.loads(summary.read_text())["tasks"] if task["task"].startswith(("build", "train"))
        ]
        yield scoring(seed)
    seconds = {task["task"].removeprefix("train "): task["milliseconds"] / 1000 for task in tasks}
    peak_mb = max(task["peak_rss_bytes"] for task in tasks) / 1e6
    yield Block(
        f"training · a simulated shop of {customers:,} customers, {days} days · seconds of what runs one after another",
        str(seed),
        {"ours": {"together": sum(seconds.values()), **seconds, "peak MB": peak_mb}},
        goals={"together": Goal(TRAINING_SECONDS)},
    )


@contextmanager
def _finished(world: str, home: Path | None, *laid_out: str) -> Iterator[None]:
    """Work in ``home``, or in one that is made by the verb ``laid_out`` and a night, and thrown away."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        os.environ |= {"REGULARS_HOME": str(home or scratch), "REGULARS_WORLD": world}
        program = str(Path(sys.executable).with_name("regulars"))
        for verb in () if home else (laid_out, ("run",)):
            subprocess.run([program, *verb], stdout=subprocess.DEVNULL, check=True)
        yield


def _customers() -> Iterator[Block]:
    """A block of each model of customers, on the last complete period."""
    home, world = config.home(), config.world()
    specs, day = [load_spec(name) for name in spec_names()], world.last_business_date + timedelta(days=1)
    folder = build_frames(home, world, origins_of(specs, day, world.alive_from, world.business_zone), name="bench")
    for spec in specs:
        with warehouse.candidate(folder, read_only=True) as connection:
            frame = training_frame(connection, spec, contracts.features())
        yield side_by_side(spec, spec, frame, frame.origins[-1])


def _moments(periods: int) -> Iterator[Block]:
    """A block of each model of moments this world can learn, on each of its last ``periods``."""
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
                yield side_by_side(spec, boosters, frame, origin)
            except TrainingRefused as refused:
                click.echo(f"{refused}\n", err=True)


def _speed(registry: Registry) -> Iterator[Block]:
    """What one call of the exported function takes."""
    if not registry.pointer("purchase_intent"):
        click.echo("purchase_intent has no champion: nothing to export", err=True)
        return
    model, features = load_intent(exported_champion(registry, "purchase_intent")), VisitSoFar(3, 1).features()
    began = time.perf_counter()
    for _ in range(CALLS):
        score(model, features)
    microseconds = (time.perf_counter() - began) / CALLS * 1e6
    title = f"score(features) of purchase intent · {len(features)} features, {CALLS:,} calls"
    yield Block(title, "none", {"ours": {"µs a call": microseconds}}, goals={"µs a call": Goal(CALL_MICROSECONDS)})


if __name__ == "__main__":
    main()
