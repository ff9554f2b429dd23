"""One figure of a night beside its bounds, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass

from ml.watching.spec import Bounds

OK, WARN, ALARM, UNWATCHED = "ok", "warn", "alarm", "unwatched"


@dataclass(frozen=True)
class Finding:
    """``figure`` of what is called ``name``, told and alarmed from its bounds on; fields as in the mart ``drift``.

    ``expected``: what it was in training or in the trial; null of a PSI. No bounds: nothing can be told of it, and
    ``because`` says why. ``is_break``: an alarm of it looks like a broken source, not like a change of the world.
    """

    model: str
    version: str
    what: str
    name: str
    measure: str
    figure: float | None
    expected: float | None
    bounds: Bounds | None
    rows: int
    because: str
    is_break: bool = False

    @property
    def state(self) -> str:
        """ok, warn, alarm, or unwatched where there are no bounds."""
        if self.figure is None or self.bounds is None:
            return UNWATCHED
        return ALARM if self.figure >= self.bounds.alarm else WARN if self.figure >= self.bounds.warn else OK


def at_least(bounds: Bounds, *more: float) -> Bounds:
    """``bounds``, raised to whatever is greatest of ``more``."""
    return Bounds(max(bounds.warn, *more), max(bounds.alarm, *more))
