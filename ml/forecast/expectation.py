"""What buy-till-you-die models expect of the customers of a snapshot: rival, feature and start of the trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.forecast.snapshot import Snapshot
from ml.models.buy_till_you_die.gamma_gamma import GammaGamma
from ml.models.buy_till_you_die.histories import Histories
from ml.models.buy_till_you_die.pareto_nbd import ParetoNbd

_MOST_FITTED = 10_000
"""Customers parameters are learned from at most; four parameters do not change with more."""
_EARLIEST = 1e-3
"""Days of age at least: who ordered first in the last minute has an age all the same."""


@dataclass(frozen=True)
class BuyTillYouDie:
    """Pareto/NBD counted by orders and by days with an order, and Gamma-Gamma for the value of an order."""

    by_order: ParetoNbd
    by_day: ParetoNbd
    value: GammaGamma

    def expect(self, snapshot: Snapshot, horizon_days: float) -> Expectation:
        """What is expected of each customer of ``snapshot`` within ``horizon_days``."""
        orders, days = _aged(snapshot.orders), _aged(snapshot.order_days)
        value = self.value.expected_value(snapshot.column("orders"), _mean_value(snapshot))
        expected = self.by_order.expected_orders(orders, horizon_days)
        return Expectation(
            p_alive=self.by_day.p_alive(days),
            p_active=self.by_day.p_active(days, horizon_days),
            orders=expected,
            order_value=value,
            spend=expected * value,
        )

    def to_mapping(self) -> dict[str, Any]:
        """Parameters by model, for JSON."""
        return {
            "pareto_nbd_by_order": self.by_order.to_mapping(),
            "pareto_nbd_by_day": self.by_day.to_mapping(),
            "gamma_gamma": self.value.to_mapping(),
        }

    @classmethod
    def of_mapping(cls, mapping: Mapping[str, Any]) -> BuyTillYouDie:
        """The models ``to_mapping`` wrote."""
        return cls(
            ParetoNbd.from_mapping(mapping["pareto_nbd_by_order"]),
            ParetoNbd.from_mapping(mapping["pareto_nbd_by_day"]),
            GammaGamma.from_mapping(mapping["gamma_gamma"]),
        )


@dataclass(frozen=True)
class Expectation:
    """One number a customer: probabilities, orders, the value of an order and net spend within a horizon."""

    p_alive: np.ndarray
    p_active: np.ndarray
    orders: np.ndarray
    order_value: np.ndarray
    spend: np.ndarray

    def as_features(self) -> np.ndarray:
        """The same as columns of a matrix."""
        return np.column_stack([self.p_alive, self.p_active, self.orders, self.order_value, self.spend])


def fit_buy_till_you_die(snapshot: Snapshot) -> BuyTillYouDie:
    """Parameters from what was known at ``snapshot``, of every n-th customer of a large one."""
    every = slice(None, None, -(-len(snapshot) // _MOST_FITTED))
    orders, days = _aged(snapshot.orders).rows(every), _aged(snapshot.order_days).rows(every)
    return BuyTillYouDie(
        ParetoNbd.fit(orders),
        ParetoNbd.fit(days),
        GammaGamma.fit(snapshot.column("orders")[every], _mean_value(snapshot)[every]),
    )


def _aged(histories: Histories) -> Histories:
    return Histories(histories.repeat_orders, histories.btyd_recency, np.maximum(histories.age, _EARLIEST))


def _mean_value(snapshot: Snapshot) -> np.ndarray:
    """Net spend an order, refunds taken off: what somebody gave back was never worth anything."""
    return np.maximum(snapshot.column("spend"), 0) / snapshot.column("orders")
