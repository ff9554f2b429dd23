"""The models give the published figures on CDNOW: 2,357 customers, their first 39 weeks, straight from the package.

Sources: BG/NBD: Fader, Hardie and Lee (2005), table 1, and Implementing the BG/NBD Model in Excel (customer 1).
Pareto/NBD: the same table. Customers with 26 repeat orders, and with none yet: the walkthrough of the R package BTYD.
Gamma-Gamma: Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013), on the 946 with a repeat order.
"""

from __future__ import annotations

import numpy as np
import pytest

from bench import cdnow as published
from ml.models.buy_till_you_die.bg_nbd import BgNbd
from ml.models.buy_till_you_die.gamma_gamma import GammaGamma
from ml.models.buy_till_you_die.histories import Histories
from ml.models.buy_till_you_die.pareto_nbd import ParetoNbd


@pytest.fixture(scope="module")
def cdnow() -> published.Sample:
    return published.sample()


def test_bg_nbd_is_as_published(cdnow: published.Sample) -> None:
    model = BgNbd.fit(cdnow.histories)
    assert len(cdnow.histories) == 2_357 and model.converged
    told = published.PUBLISHED["BG/NBD"]
    assert (model.r, model.a, model.b) == pytest.approx((told["r"], told["a"], told["b"]), abs=5e-4)
    assert model.alpha == pytest.approx(told["alpha"], abs=1e-3)
    assert model.log_likelihood(cdnow.histories).sum() == pytest.approx(told["log likelihood"], abs=0.05)
    customer_1 = Histories([2], [30.43], [38.86])
    assert model.expected_orders(customer_1, 39)[0] == pytest.approx(1.226, abs=5e-4)
    regular = Histories([26], [30.86], [31])
    assert model.expected_orders(regular, 52)[0] == pytest.approx(25.76, abs=5e-3)


def test_pareto_nbd_is_as_published(cdnow: published.Sample) -> None:
    model = ParetoNbd.fit(cdnow.histories)
    assert model.converged
    told = published.PUBLISHED["Pareto/NBD"]
    assert (model.r, model.s) == pytest.approx((told["r"], told["s"]), abs=5e-4)
    assert (model.alpha, model.beta) == pytest.approx((told["alpha"], told["beta"]), abs=5e-3)
    assert model.log_likelihood(cdnow.histories).sum() == pytest.approx(told["log likelihood"], abs=0.05)
    assert model.p_alive(Histories([26], [30.86], [31]))[0] == pytest.approx(0.998, abs=5e-4)
    just_come = Histories([0], [0], [0])
    assert model.expected_orders(just_come, 52)[0] == pytest.approx(1.473, abs=1e-3)


def test_gamma_gamma_is_as_published(cdnow: published.Sample) -> None:
    model = GammaGamma.fit(cdnow.repeat_orders, cdnow.mean_value)
    assert len(cdnow.mean_value) == 946 and model.converged
    assert (model.p, model.q, model.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=6e-3)
    values = model.expected_value(np.array([2, 1, 0]), np.array([22.35, 11.77, 0.0]))
    assert values == pytest.approx([24.66, 18.91, 35.17], abs=0.02)
