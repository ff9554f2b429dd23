"""The verb `regulars model search`: whether other parameters, or another learner, would do better."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from regulars import clock, config, contracts, durable, warehouse
from regulars.cli_operation import as_json

if TYPE_CHECKING:
    from ml.datasets.frame import Frame
    from ml.models.spec import ModelSpec
    from ml.search.spec import SearchSpec


@click.command("search")
@click.argument("name", metavar="MODEL")
@click.option("--seconds", default=600, show_default=True, type=click.IntRange(1), help="Time for rivals and tries.")
@click.option("--tries", type=click.IntRange(1), help="So many tries at most; unless said otherwise as time allows.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Draws tries and groups.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write all that was tried here, as JSON.")
@as_json
def search_model(name: str, seconds: int, tries: int | None, seed: int, out: Path | None, as_json: bool) -> None:
    """Try other parameters of a model on past periods and other customers, beside what ships and well-known learners.

    The last period is not read, and nothing is changed: who finds better parameters writes them into conf/models. The
    time runs from when the rows stand; what ships is judged even if it takes longer.
    """
    from ml.models.spec import load_spec
    from ml.search.search import search
    from ml.search.spec import load_search
    from ml.search.wording import found_mapping, found_text

    searched, spec = load_search(name), load_spec(name)
    world = config.world()
    last_period = _business_date(config.home()) + timedelta(days=1 - spec.horizon_days)
    frame = _frame(spec, searched, world, last_period)
    until = clock.utc_now() + timedelta(seconds=seconds)
    instant = clock.business_day_start(last_period, world.business_zone)
    found = search(frame, spec, searched, instant, seed, lambda: clock.utc_now() < until, tries)
    said = json.dumps({"model": name, "seed": seed, **found_mapping(found)}, indent=2)
    if out:
        durable.write_text(out, said + "\n")
    click.echo(said if as_json else f"{name} · seed {seed} · {found_text(found)}")


def _frame(spec: ModelSpec, searched: SearchSpec, world: config.World, last_period: date) -> Frame:
    """The rows of every origin a search needs, none of which could know the last period."""
    from ml.datasets.frame import training_frame
    from ml.datasets.origins import origins_of
    from regulars.build.training import build_frames

    further = searched.periods * spec.horizon_days // spec.every_days
    wanted = replace(spec, origin_count=spec.origin_count + further)
    origins = origins_of([wanted], last_period, world.alive_from, world.business_zone)
    folder = build_frames(config.home(), world, origins, name=f"search-{spec.name}")
    with warehouse.candidate(folder, read_only=True) as connection:
        return training_frame(connection, spec, contracts.features())


def _business_date(home: config.Home) -> date:
    with warehouse.published(home.published_database) as connection:
        (day,) = connection.execute("select business_date from publication").fetchall()[0]
    return day
