"""Logs of shops that are made up here: everybody orders at a rhythm and with a taste of their own, until they leave."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

BEGIN = datetime(2024, 1, 1)


def write_log(
    path: Path, customers: int, days: int, *, until: datetime | None = None, busy_months: Container[int] = range(1, 13)
) -> Path:
    """A CSV log of ``customers`` over ``days``; rows from ``until`` on are left out, the others stay as they were.

    Outside of ``busy_months`` half of the orders are not made.
    """
    random, moods = np.random.default_rng(3), np.random.default_rng(4)
    lines = []
    for customer in range(1, customers + 1):
        rhythm_days, worth = random.gamma(2, 8) + 2, random.gamma(4, 12)
        at, leaves = random.uniform(0, days / 3), random.exponential(days * 2)
        while at < min(days, leaves):
            moment = BEGIN + timedelta(days=at)
            line = (moment, customer, round(float(random.gamma(3, worth / 3)), 2))
            if moods.random() < 0.5 or moment.month in busy_months:
                lines.append(line)
            at += random.gamma(3, rhythm_days / 3)
    kept = [line for line in sorted(lines) if until is None or line[0] < until]
    rows = [f"{customer},{moment:%Y-%m-%d %H:%M:%S},{amount}" for moment, customer, amount in kept]
    path.write_text("\n".join(["customer_id,ordered_at,amount", *rows]) + "\n")
    return path


def write_rows(path: Path, header: str, *rows: str) -> Path:
    """A CSV file of ``rows`` below ``header``."""
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path
