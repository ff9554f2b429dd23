"""What a log knew of its customers at one instant, and what they did after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ml.models.buy_till_you_die.histories import Histories

if TYPE_CHECKING:
    import duckdb
    import jinja2

_WINDOWS = (1 / 12, 1 / 6, 1 / 3, 1 / 2, 1, 2, 4)
_HALF_LIVES = (1 / 6, 1 / 3, 2 / 3, 4 / 3)
_LAGS = ((1 / 3, 2 / 3), (2 / 3, 1), (1, 2), (2, 3))
_PLACES = (2, 3, 5, 10, 20)
FADED = 3
"""Which of the half-lives, counted from one, the spend that trees start from has: two thirds of a horizon."""

_KNOWN = "known_from <= {0} and (known_until is null or {0} < known_until)"
_AFTER = """
select
    customer,
    cast(sum(amount) as double) as spend,
    count(*) filter (is_order) as orders
from purchase
where ordered_at >= $as_of and ordered_at < $until and <known>
group by customer
order by customer
"""


@dataclass(frozen=True)
class Snapshot:
    """Customers with an order before ``as_of``, by ``customer``; columns of ``matrix`` are ``features``, NaN is null.

    ``orders`` and ``order_days`` are their histories in days, counted by orders and by days with an order.
    """

    as_of: datetime
    horizon_days: int
    customer: np.ndarray
    features: tuple[str, ...]
    matrix: np.ndarray

    def __len__(self) -> int:
        return len(self.customer)

    def column(self, name: str) -> np.ndarray:
        """One feature."""
        return self.matrix[:, self.features.index(name)]

    @property
    def orders(self) -> Histories:
        """Histories counted by orders: times to the second, in days."""
        repeat, age = self.column("orders") - 1, self.column("age_days")
        return Histories(repeat, np.where(repeat > 0, age - self.column("silence_days"), 0), age)

    @property
    def order_days(self) -> Histories:
        """Histories counted by days with an order: two orders of one day are one."""
        first, last = self.column("first_order_day"), self.column("last_order_day")
        return Histories(self.column("order_days") - 1, first - last, first)

    @property
    def faded_spend_per_day(self) -> np.ndarray:
        """Spend a day, older days counting less by half every two thirds of a horizon; no log is longer than it is."""
        rate = np.log(2) / (_HALF_LIVES[FADED - 1] * self.horizon_days)
        seen = -np.expm1(-rate * self.column("history_days")) / rate
        return np.maximum(self.column(f"spend_faded_{FADED}"), 0) / seen


@dataclass(frozen=True)
class Outcome:
    """What the customers of a snapshot did within ``horizon_days`` of it: net spend, and orders."""

    horizon_days: int
    spend: np.ndarray
    orders: np.ndarray

    @property
    def is_active(self) -> np.ndarray:
        """1.0 where there was an order, else 0.0."""
        return (self.orders > 0).astype(np.float64)


def take_snapshot(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, horizon_days: int, every_nth_customer: int = 1
) -> Snapshot:
    """The snapshot of ``purchase`` at ``as_of``, with features for ``horizon_days``, of every n-th customer."""
    instant = f"timestamp '{as_of}'"
    query = _template().render(
        as_of=instant,
        known=f"ordered_at < {instant} and {_KNOWN.format(instant)}",
        customers=f"customer % {int(every_nth_customer)} = 0",
        horizon_days=horizon_days,
        windows=_WINDOWS,
        half_lives=_HALF_LIVES,
        lags=_LAGS,
        places=_PLACES,
    )
    table = connection.sql(query).to_arrow_table()
    names = tuple(name for name in table.column_names if name != "customer")
    matrix = np.empty((table.num_rows, len(names)))
    for place, name in enumerate(names):
        matrix[:, place] = table[name].cast("float64").to_numpy()
    return Snapshot(as_of, horizon_days, table["customer"].to_numpy(), names, matrix)


def what_followed(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    horizon_days: int,
    customer: np.ndarray,
    known_at: datetime | None = None,
) -> Outcome:
    """What ``customer`` did in ``[as_of, as_of + horizon_days)``; nothing is zero.

    As it was known at ``known_at``, unless said otherwise when the horizon had passed.
    """
    until = as_of + timedelta(days=horizon_days)
    query = _AFTER.replace("<known>", _KNOWN.format("$known_at"))
    times = {"as_of": as_of, "until": until, "known_at": known_at or until}
    table = connection.sql(query, params=times).to_arrow_table()
    spend, orders = np.zeros(len(customer)), np.zeros(len(customer))
    came = table["customer"].to_numpy()
    place = np.minimum(np.searchsorted(customer, came), len(customer) - 1)
    is_known = customer[place] == came
    spend[place[is_known]] = table["spend"].to_numpy()[is_known]
    orders[place[is_known]] = table["orders"].to_numpy()[is_known]
    return Outcome(horizon_days, spend, orders)


@cache
def _template() -> jinja2.Template:
    from jinja2 import Environment, StrictUndefined

    text = (Path(__file__).parent / "features.sql").read_text()
    return Environment(undefined=StrictUndefined, autoescape=False).from_string(text)  # noqa: S701


def origins(first: datetime, as_of: datetime, horizon_days: int, label_days: int, most: int) -> Sequence[datetime]:
    """Past instants whose ``label_days`` had passed at ``as_of``, oldest first: every twelfth of a horizon (at least a
    day), none with less than a third of a horizon of history, the latest ``most`` of them.
    """
    step = timedelta(days=max(1, horizon_days // 6))
    oldest = first + timedelta(days=horizon_days / 3)
    found: list[datetime] = []
    at = as_of - timedelta(days=label_days)
    while at >= oldest and len(found) < most:
        found.append(at)
        at -= step
    return found[::-1]
