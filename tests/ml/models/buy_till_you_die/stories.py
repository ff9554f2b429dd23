"""Customers who live the stories the models tell, order by order, with what they do after as_of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.models.buy_till_you_die.bg_nbd import BgNbd
from ml.models.buy_till_you_die.histories import Histories
from ml.models.buy_till_you_die.pareto_nbd import ParetoNbd


@dataclass(frozen=True)
class Lived:
    """Histories as of some instant, and of each customer: alive then? how many orders within the horizon after?"""

    histories: Histories
    is_alive: np.ndarray
    later_orders: np.ndarray


def live(model: BgNbd | ParetoNbd, ages: np.ndarray, horizon: float, seed: int) -> Lived:
    """One customer an age, who leaves as ``model`` says."""
    random = np.random.default_rng(seed)
    count = len(ages)
    rates = random.gamma(model.r, 1 / model.alpha, count)
    if isinstance(model, BgNbd):
        leaving, ends = random.beta(model.a, model.b, count), np.full(count, np.inf)
    else:
        leaving = np.zeros(count)
        ends = random.exponential(1 / np.maximum(random.gamma(model.s, 1 / model.beta, count), 1e-300))
    times, x, last, later = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    going = np.arange(count)
    while len(going):
        times[going] += random.exponential(1 / np.maximum(rates[going], 1e-300))
        going = going[times[going] < np.minimum(ends[going], ages[going] + horizon)]
        before = going[times[going] < ages[going]]
        x[before] += 1
        last[before] = times[before]
        later[going] += times[going] >= ages[going]
        gone = going[random.random(len(going)) < leaving[going]]
        ends[gone] = times[gone]
    return Lived(Histories(x, last, ages), ends >= ages, later)
