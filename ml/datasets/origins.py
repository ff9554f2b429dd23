"""Origins of a training frame: the past instants at which a night is imagined, to see what came after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ml.models.spec import ModelSpec
from regulars import clock

PERIODS_HELD_BACK = 2
"""Horizons kept free of fitting: one for the trial, one for early stopping and calibration."""


def training_origins(spec: ModelSpec, as_of_day: date, history_from: date, zone: str) -> list[datetime]:
    """Origins a frame needs so that ``spec`` can be trained at the start of ``as_of_day``; oldest first, UTC.

    The latest lies one horizon before ``as_of_day``, so its label is just complete; the others follow every
    ``every_days``, no nearer to ``history_from`` (first day with orders) than ``minimum_history_days``. All are starts
    of business days in ``zone``. An empty list means that there is no history to learn from yet.
    """
    latest = as_of_day - timedelta(days=spec.horizon_days)
    oldest = history_from + timedelta(days=spec.minimum_history_days)
    count = spec.origin_count + PERIODS_HELD_BACK * spec.horizon_days // spec.every_days
    days = [latest - timedelta(days=spec.every_days * step) for step in range(count)]
    return [clock.business_day_start(day, zone) for day in reversed(days) if day >= oldest]


def origins_of(
    specs: Sequence[ModelSpec], as_of_day: date, history_from: date, zone: str
) -> list[tuple[datetime, int]]:
    """The origins all of ``specs`` need in one frame, oldest first, each with its horizon in days."""
    wanted = {(at, spec.horizon_days) for spec in specs for at in training_origins(spec, as_of_day, history_from, zone)}
    return sorted(wanted)


def label_end(origin: datetime, horizon_days: int, zone: str) -> datetime:
    """The first instant after the label window of ``origin``: the start of a business day in ``zone``, UTC.

    A window is so many business days, and a business day may last 23 or 25 hours.
    """
    local = origin.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    return clock.business_day_start(local.date() + timedelta(days=horizon_days), zone)
