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


def build_frames(home: Home, world: World, origins: Sequence[tuple[datetime, int]], *, name: str = "training") -> Path:
    """A private candidate with ``customer_features`` and labels at ``origins`` (as_of, horizon_days), called ``name``.

    It starts from a copy of the publication in front, whose facts it filters by what each origin could know; it is
    never published; gives its folder. Raises RegularsError when nothing is published or there is no origin.
    """
    if not origins or not home.in_front:
        lacking = "a publication" if not home.in_front else "a whole horizon after enough history"
        raise RegularsError(
            f"Training refused: there is not yet {lacking}", where=str(home.published), next_step="run `nightly` first"
        )
    folder = home.candidates / name
    known = timedelta(hours=world.cut_off_hours)
    lay_out(folder, home, world, _business_date(home), [Origin(at, at + known, days) for at, days in origins])
    shutil.copyfile(home.published_database, folder / "regulars.duckdb")
    build_layer(folder, "training")
    return folder


def _business_date(home: Home) -> date:
    with warehouse.published(home.published_database) as connection:
        row = connection.execute("select business_date from publication").fetchone()
    return row[0] if row else date.min
