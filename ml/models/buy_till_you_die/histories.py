"""What a buy-till-you-die model knows of a customer: how many repeat orders, when the last one, for how long.

Three numbers are enough (Schmittlein, Morrison and Colombo, 1987): orders in between may fall when they will.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.errors import UsageError


@dataclass(frozen=True)
class Histories:
    """One row a customer, as of one instant.

    repeat_orders  x: orders after the first
    btyd_recency   t_x: time from the first to the last order; 0 where there is no repeat order
    age            T: time from the first order to as_of

    Both times are in one unit, which is the caller's choice: parameters, horizons and rates are in that unit too.
    Raises UsageError when a row cannot be: t_x beyond T, negative, not finite, or above 0 without a repeat order.
    """

    repeat_orders: np.ndarray
    btyd_recency: np.ndarray
    age: np.ndarray

    def __post_init__(self) -> None:
        for name in ("repeat_orders", "btyd_recency", "age"):
            object.__setattr__(self, name, np.atleast_1d(np.asarray(getattr(self, name), dtype=np.float64)))
        x, t_x, age = self.repeat_orders, self.btyd_recency, self.age
        if not (x.ndim == 1 and x.shape == t_x.shape == age.shape):
            raise UsageError(
                f"Histories need three columns of one length, not {x.shape}, {t_x.shape} and {age.shape}",
                next_step="give one row a customer in each",
            )
        _refuse(~(np.isfinite(x) & np.isfinite(t_x) & np.isfinite(age)), "holds null or an infinite number", self)
        _refuse(x < 0, "has fewer than 0 repeat orders", self)
        _refuse(t_x < 0, "has its last order before its first", self)
        _refuse(t_x > age, "has an order after as_of: btyd_recency is beyond age", self)
        _refuse((x == 0) & (t_x > 0), "has a btyd_recency and no repeat order", self)

    def __len__(self) -> int:
        return len(self.repeat_orders)

    def rows(self, which: np.ndarray | slice) -> Histories:
        """Some of the rows, by mask, by positions or by slice."""
        return Histories(self.repeat_orders[which], self.btyd_recency[which], self.age[which])

    def in_unit(self, size: float) -> Histories:
        """The same customers, with time counted in units of ``size`` of the present ones."""
        return Histories(self.repeat_orders, self.btyd_recency / size, self.age / size)


def _refuse(wrong: np.ndarray, what: str, histories: Histories) -> None:
    if not wrong.any():
        return
    row = int(np.flatnonzero(wrong)[0])
    x, t_x, age = histories.repeat_orders[row], histories.btyd_recency[row], histories.age[row]
    raise UsageError(
        f"{int(wrong.sum())} of {len(wrong)} customers cannot be: row {row} {what} "
        f"(repeat_orders {x:g}, btyd_recency {t_x:g}, age {age:g})",
        where="Histories",
        next_step="count repeat orders before as_of, and both times from the first order in one unit",
    )


def group(histories: Histories, counts: np.ndarray | None = None) -> tuple[Histories, np.ndarray]:
    """Each distinct (x, t_x, T) once, sorted, and how many customers have it.

    ``counts`` says how many customers a row stands for already; without it, one.
    """
    x, t_x, age = histories.repeat_orders, histories.btyd_recency, histories.age
    weights = np.ones(len(x)) if counts is None else np.asarray(counts, dtype=np.float64)
    order = np.lexsort((age, t_x, x))
    x, t_x, age = x[order], t_x[order], age[order]
    is_first = np.ones(len(x), dtype=bool)
    is_first[1:] = (np.diff(x) != 0) | (np.diff(t_x) != 0) | (np.diff(age) != 0)
    starts = np.flatnonzero(is_first)
    summed = np.add.reduceat(weights[order], starts) if len(starts) else np.zeros(0)
    return Histories(x[starts], t_x[starts], age[starts]), summed
