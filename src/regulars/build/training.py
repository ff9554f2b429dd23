"""Frames for training: the features of past origins, by the same models as the night's, on a copy of a publication."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from regulars import warehouse
from regulars.build.candidate import Origin, lay_out
from regulars.build.layers import build_layer
from regulars.config import Home, World
from regulars.errors import RegularsError

MOST_CUSTOMERS = 16_384
"""So that time and memory of training do not grow with the shop; what larger samples would teach was not measured."""


def build_frames(home: Home, world: World, origins: Sequence[tuple[datetime, int]], *, name: str = "training") -> Path:
    """A private candidate with ``customer_features`` and labels at ``origins`` (as_of, horizon_days), called ``name``.

    It starts from a copy of the publication in front, whose facts it filters by what each origin could know; it is
    never published; gives its folder. Of more than ``MOST_CUSTOMERS`` who ever ordered every n-th is taken. Raises
    RegularsError when nothing is published or there is no origin.
    """
    if not origins or not home.in_front:
        lacking, step = "a publication", "run `nightly` first"
        if home.in_front:
            lacking = "a whole horizon after enough history of orders"
            step = "bring older orders or wait for more; until then scores come from simple rules"
        raise RegularsError(f"Training refused: there is not yet {lacking}", where=str(home.published), next_step=step)
    folder = home.candidates / name
    known, (business_date, customers) = timedelta(hours=world.cut_off_hours), _published(home)
    every_nth = -(-customers // MOST_CUSTOMERS) or 1
    lay_out(folder, home, world, business_date, [Origin(at, at + known, days, every_nth) for at, days in origins])
    shutil.copyfile(home.published_database, folder / "regulars.duckdb")
    build_layer(folder, "training")
    return folder


def _published(home: Home) -> tuple[date, int]:
    """The business date in front, and how many customers have ever ordered."""
    with warehouse.published(home.published_database) as connection:
        return connection.execute(
            "select any_value(publication.business_date), count(customer.first_order_at) "
            "from publication left join dim_customer as customer on true"
        ).fetchall()[0]
