"""What a simulated shop is made from: its size, its seed, what goes wrong in it, its calendar and its randomness.

Whatever happens in a shop follows from the seed and the size, not from how many of its days are laid out: the first
thirty days of a shop of two years are those of a shop of thirty days.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from regulars import clock

if TYPE_CHECKING:
    import numpy as np

HORIZON_DAYS = 730
"""A shop is simulated for two years."""

BLOCK_DAYS = 28
"""Days drawn at once. Whatever follows from a visit follows within as many days."""

DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000


@dataclass(frozen=True)
class Shop:
    """Customers are people with a CRM record over both years; shares are between 0 and 1.

    late_share: web events a device sends one to five days later; cancelled_share: orders delivered again as cancelled;
    resent_share: files delivered a second time under another name.
    """

    customers: int
    seed: int
    late_share: float = 0.005
    cancelled_share: float = 0.02
    resent_share: float = 0.01

    def random(self, stream: str, number: int = 0) -> np.random.Generator:
        """A source of randomness of its own for each ``stream`` and ``number``."""
        import numpy as np

        return np.random.default_rng([self.seed, zlib.crc32(stream.encode()), number])


class Calendar:
    """Business days by number, from the first one on, and instants as milliseconds since 1970 in UTC."""

    def __init__(self, first_day: date, zone: str) -> None:
        import numpy as np

        self.first_day = first_day
        days = [first_day + timedelta(days=number) for number in range(-HORIZON_DAYS, HORIZON_DAYS + 2 * BLOCK_DAYS)]
        starts = [np.datetime64(clock.business_day_start(day, zone), "ms") for day in days]
        self._starts = np.array(starts).astype("int64")

    def day(self, number: int) -> date:
        """The date of a day."""
        return self.first_day + timedelta(days=number)

    def number(self, day: date) -> int:
        """The number of a date."""
        return (day - self.first_day).days

    def start(self, numbers: np.ndarray) -> np.ndarray:
        """The first instants of days; two years before the first day are known too."""
        return self._starts[numbers + HORIZON_DAYS]

    def number_of(self, instants: np.ndarray) -> np.ndarray:
        """The days instants lie in."""
        return self._starts.searchsorted(instants, side="right") - 1 - HORIZON_DAYS

    def seasons(self) -> np.ndarray:
        """How busy each day is: the weekend, a quiet summer, busy weeks before Christmas; about 1."""
        import numpy as np

        days = [self.day(number) for number in range(HORIZON_DAYS)]
        week = np.array([0.95, 0.9, 0.95, 1.0, 1.0, 1.05, 1.15])[[day.weekday() for day in days]]
        of_year = np.array([day.timetuple().tm_yday for day in days])
        year = 1 - 0.15 * np.exp(-(((of_year - 215) / 30) ** 2))
        return week * year * (1 + 0.6 * np.exp(-(((of_year - 340) / 18) ** 2)))
