"""Frames of moments for training: past visits and carts, event by event, beside a copy of the publication in front."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from regulars import warehouse
from regulars.build.candidate import Period, lay_out, night_origin
from regulars.build.layers import build_layer
from regulars.build.training import MOST_CUSTOMERS
from regulars.config import Home, World
from regulars.errors import RegularsError

Stretch = tuple[str, datetime, datetime, datetime, datetime]
"""Target, begin and end of a period, and as_of and end of the label within it."""


def build_moments(home: Home, world: World, periods: Sequence[Stretch]) -> Path:
    """A private candidate with the moments of past ``periods``; gives its folder.

    It starts from a copy of the publication in front, whose visits and orders it takes, and reads the events of visits
    anew; it is never published. Of more visitors or customers than ``MOST_CUSTOMERS`` every n-th is taken. Raises
    RegularsError when nothing is published or there is no period.
    """
    if not periods or not home.in_front:
        lacking, step = "a publication", "run `nightly` first"
        if home.in_front:
            lacking, step = "a whole period of visits", "wait for more; until then simple rules say what they can"
        raise RegularsError(f"Training refused: there is not yet {lacking}", where=str(home.published), next_step=step)
    with warehouse.published(home.published_database) as connection:
        business_date, customers, visitors = connection.execute(
            "select (select business_date from publication), (select count(*) from dim_customer), "
            "(select count(distinct visitor_id) from fct_session)"
        ).fetchall()[0]
    every_nth = -(-max(customers, visitors) // MOST_CUSTOMERS) or 1
    known = timedelta(hours=world.cut_off_hours)
    laid_out = [
        Period(target, begins, ends, as_of, as_of + known, until, every_nth)
        for target, begins, ends, as_of, until in periods
    ]
    folder = home.candidates / "moments"
    lay_out(folder, home, world, business_date, [night_origin(world, business_date)], periods=laid_out)
    shutil.copyfile(home.published_database, folder / "regulars.duckdb")
    build_layer(folder, "moments")
    return folder
