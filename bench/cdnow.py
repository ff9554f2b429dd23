"""CDNOW's published sample of 2,357 customers, straight from its package, and what was published of it.

Sources: BG/NBD and Pareto/NBD: Fader, Hardie and Lee, Counting Your Customers the Easy Way (2005), table 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.models.buy_till_you_die.histories import Histories
from regulars.demo.series import package_folder

LEARNED_UNTIL = pd.Timestamp("1997-09-30")
"""The last day of the first 39 weeks, which the published fits know."""

PUBLISHED = {
    "BG/NBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "log likelihood": -9582.4},
    "Pareto/NBD": {"r": 0.553, "alpha": 10.58, "s": 0.606, "beta": 11.67, "log likelihood": -9595.0},
}
"""Fits by model, time in weeks."""


@dataclass(frozen=True)
class Sample:
    """Histories in weeks, and of whoever has repeat orders their number and mean value in dollars, by customer."""

    histories: Histories
    repeat_orders: np.ndarray
    mean_value: np.ndarray


def purchases() -> pd.DataFrame:
    """One row a purchase: customer, day, discs, dollars."""
    lines = pd.read_csv(
        package_folder("lifetimes") / "datasets" / "CDNOW_sample.txt",
        sep=r"\s+",
        names=["master", "customer", "day", "discs", "dollars"],
        dtype={"day": str},
    )
    return lines.assign(day=pd.to_datetime(lines["day"], format="%Y%m%d")).drop(columns="master")


def sample() -> Sample:
    """What the published fits know: days with a purchase count once, and the first is no repeat."""
    lines = purchases()
    lines = lines[lines["day"] <= LEARNED_UNTIL]
    days = lines.groupby(["customer", "day"], as_index=False)["dollars"].sum()
    first = days.groupby("customer")["day"].transform("min")
    spans = days.groupby("customer")["day"].agg(["min", "max", "count"])
    repeats = days[days["day"] > first].groupby("customer")["dollars"].agg(["count", "mean"])
    histories = Histories(
        spans["count"].to_numpy() - 1,
        (spans["max"] - spans["min"]).dt.days.to_numpy() / 7,
        (LEARNED_UNTIL - spans["min"]).dt.days.to_numpy() / 7,
    )
    return Sample(histories, repeats["count"].to_numpy(), repeats["mean"].to_numpy())
