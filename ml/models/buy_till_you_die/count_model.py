"""What the models of order counts have in common, whichever story of leaving they tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self

import numpy as np

from ml.models.buy_till_you_die.histories import Histories


class CountModel(Protocol):
    """How many orders customers place, and whether they still order. Every array has one value a customer.

    ``horizon`` is the time after as_of that is asked about, in the unit of the histories: a number, or one a customer.
    """

    @property
    def converged(self) -> bool:
        """Did the search end at a flat top with every parameter inside its bounds?

        False where the data do not say what a parameter is (few customers, hardly a repeat order); the model predicts
        all the same.
        """
        ...

    @classmethod
    def fit(cls, histories: Histories, counts: np.ndarray | None = None) -> Self:
        """Parameters that make ``histories`` likeliest; ``counts`` customers stand behind each row, without it one."""
        ...

    def log_likelihood(self, histories: Histories) -> np.ndarray:
        """Logarithm of each customer's likelihood, as published (without the constant of x)."""
        ...

    def p_alive(self, histories: Histories) -> np.ndarray:
        """Probability that a customer has not left for good by as_of."""
        ...

    def p_active(self, histories: Histories, horizon: float | np.ndarray) -> np.ndarray:
        """Probability of at least one order within the horizon."""
        ...

    def expected_orders(self, histories: Histories, horizon: float | np.ndarray) -> np.ndarray:
        """Expected number of orders within the horizon."""
        ...

    def to_mapping(self) -> dict[str, Any]:
        """Parameters by name, for JSON."""
        ...

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """The model that ``to_mapping`` wrote."""
        ...
