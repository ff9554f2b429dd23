"""A candidate for looking ahead: laid out like that of a night, and never published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from regulars.build.candidate import lay_out, night_origin
from regulars.build.receipts import went_without
from regulars.config import Home, World
from regulars.errors import RegularsError


def folder_of_preview(home: Home) -> Path:
    """Where it stands."""
    return home.candidates / "preview"


def lay_out_preview(home: Home, world: World, business_date: date) -> dict[str, str]:
    """Lay it out for ``business_date``; gives that day. Raises RegularsError when nothing has been published."""
    if not home.in_front:
        told = "run `regulars run`"
        raise RegularsError("There is nothing to compare with yet", where=str(home.published), next_step=told)
    absent = went_without(home, world, business_date)
    lay_out(folder_of_preview(home), home, world, business_date, [night_origin(world, business_date)], absent=absent)
    return {"business_date": business_date.isoformat()}
