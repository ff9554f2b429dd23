"""The models give the published figures on CDNOW: 2,357 customers, their first 39 weeks, straight from the package.

Sources: BG/NBD: Fader, Hardie and Lee (2005), table 1, and Implementing the BG/NBD Model in Excel (customer 1).
Pareto/NBD: the same table. Customers with 26 repeat orders, and with none yet: the walkthrough of the R package BTYD.
Gamma-Gamma: Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013), on the 946 with a repeat order.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.models.buy_till_you_die.bg_nbd import BgNbd
from ml.models.buy_till_you_die.gamma_gamma import GammaGamma
from ml.models.buy_till_you_die.histories import Histories
from ml.models.buy_till_you_die.pareto_nbd import ParetoNbd

LAST_DAY = pd.Timestamp("1997-09-30")


@dataclass(frozen=True)
class Sample:
    """Histories in weeks, and of whoever has repeat orders their number and mean value in dollars, by customer."""

    histories: Histories
    repeat_orders: np.ndarray
    mean_value: np.ndarray


@pytest.fixture(scope="module")
def cdnow() -> Sample:
    spec = importlib.util.find_spec("lifetimes")
    assert spec and spec.origin
    lines = pd.read_csv(
        Path(spec.origin).parent / "datasets" / "CDNOW_sample.txt",
        sep=r"\s+",
        names=["master", "customer", "day", "discs", "dollars"],
        dtype={"day": str},
    )
    lines["day"] = pd.to_datetime(lines["day"], format="%Y%m%d")
    lines = lines[lines["day"] <= LAST_DAY]
    days = lines.groupby(["customer", "day"], as_index=False)["dollars"].sum()
    first = days.groupby("customer")["day"].transform("min")
    spans = days.groupby("customer")["day"].agg(["min", "max", "count"])
    repeats = days[days["day"] > first].groupby("customer")["dollars"].agg(["count", "mean"])
    histories = Histories(
        spans["count"].to_numpy() - 1,
        (spans["max"] - spans["min"]).dt.days.to_numpy() / 7,
        (LAST_DAY - spans["min"]).dt.days.to_numpy() / 7,
    )
    return Sample(histories, repeats["count"].to_numpy(), repeats["mean"].to_numpy())


def test_bg_nbd_is_as_published(cdnow: Sample) -> None:
    model = BgNbd.fit(cdnow.histories)
    assert len(cdnow.histories) == 2_357 and model.converged
    assert (model.r, model.a, model.b) == pytest.approx((0.243, 0.793, 2.426), abs=5e-4)
    assert model.alpha == pytest.approx(4.414, abs=1e-3)
    assert model.log_likelihood(cdnow.histories).sum() == pytest.approx(-9582.4, abs=0.05)
    customer_1 = Histories([2], [30.43], [38.86])
    assert model.expected_orders(customer_1, 39)[0] == pytest.approx(1.226, abs=5e-4)
    regular = Histories([26], [30.86], [31])
    assert model.expected_orders(regular, 52)[0] == pytest.approx(25.76, abs=5e-3)


def test_pareto_nbd_is_as_published(cdnow: Sample) -> None:
    model = ParetoNbd.fit(cdnow.histories)
    assert model.converged
    assert (model.r, model.s) == pytest.approx((0.553, 0.606), abs=5e-4)
    assert (model.alpha, model.beta) == pytest.approx((10.58, 11.67), abs=5e-3)
    assert model.log_likelihood(cdnow.histories).sum() == pytest.approx(-9595.0, abs=0.05)
    assert model.p_alive(Histories([26], [30.86], [31]))[0] == pytest.approx(0.998, abs=5e-4)
    just_come = Histories([0], [0], [0])
    assert model.expected_orders(just_come, 52)[0] == pytest.approx(1.473, abs=1e-3)


def test_gamma_gamma_is_as_published(cdnow: Sample) -> None:
    model = GammaGamma.fit(cdnow.repeat_orders, cdnow.mean_value)
    assert len(cdnow.mean_value) == 946 and model.converged
    assert (model.p, model.q, model.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=6e-3)
    values = model.expected_value(np.array([2, 1, 0]), np.array([22.35, 11.77, 0.0]))
    assert values == pytest.approx([24.66, 18.91, 35.17], abs=0.02)
