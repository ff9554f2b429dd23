"""What `conf/watch` says, as typed values."""

from __future__ import annotations

from dataclasses import dataclass

from regulars import config
from regulars.errors import UsageError


@dataclass(frozen=True)
class Bounds:
    """From which figure on a shift is told, and from which it is an alarm."""

    warn: float
    alarm: float


@dataclass(frozen=True)
class WatchSpec:
    """`conf/watch/drift.yml`. Shares lie between 0 and 1, days are business days."""

    beyond_chance: float
    psi: Bounds
    broken_psi: float
    null_rise: Bounds
    undeclared_share: Bounds
    live_loss: Bounds
    live_ece: Bounds
    unseen_season: Bounds
    segment_days: int
    nights_before_training: int


def load_spec() -> WatchSpec:
    """Read `conf/watch/drift.yml`. Raises UsageError with file and line of what is wrong in it."""
    path = config.CONF / "watch" / "drift.yml"
    raw = config.load_yaml(path)
    bounds = {name: Bounds(**value) for name, value in raw.items() if isinstance(value, dict)}
    for name, found in bounds.items():
        if found.warn > found.alarm:
            told = f"'{name}' warns from {found.warn} on, above its alarm at {found.alarm}"
            raise UsageError(told, where=str(path), next_step="exchange them")
    return WatchSpec(**{**raw, **bounds})
