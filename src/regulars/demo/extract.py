"""Fills the inbox of a world with what its source systems would have dropped, from published data."""

from __future__ import annotations

from collections.abc import Callable

from regulars import config
from regulars.config import Home, World
from regulars.demo import cdnow, complete_journey
from regulars.demo.series import drop
from regulars.errors import UsageError, did_you_mean

_LAYOUTS = {"complete_journey": complete_journey.deliveries, "cdnow": cdnow.deliveries}


def extract(world: World, home: Home, progress: Callable[[str], None] | None = None) -> int:
    """Write the files of ``world`` that its inbox lacks; gives how many were written.

    The bytes are the same on every call. ``progress`` is told in words how far it is. Raises UsageError for a world
    without published data, RegularsError when the package that has the data is not installed.
    """
    if world.is_simulated:
        raise UsageError(f"'{world.name}' is a simulated world", next_step="run `regulars demo simulate`")
    if world.name not in _LAYOUTS:
        raise UsageError(f"There is no published data for '{world.name}'. {did_you_mean(world.name, _LAYOUTS)}")
    config.claim_home(home, world.name)
    written = 0
    for series in _LAYOUTS[world.name](world):
        missing = {name for name in series.names if not (home.inbox / name).exists()}
        if not missing:
            continue
        if progress:
            progress(f"laying out {series.title}: {len(missing):,} files")
        for name, content in series.contents():
            if name in missing:
                drop(home.inbox / name, content)
                written += 1
    return written
