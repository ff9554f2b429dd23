"""What past origins teach: rows of features and expectations, with what followed within one or another label window.

A horizon may be longer than most of the history, so that labels as long as it come from few and early origins. Labels
of a third of it come from many more and from later ones: both are learned from, brought to the length of the horizon,
and the length of the label is a feature.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ml.forecast.expectation import BuyTillYouDie, Expectation, fit_buy_till_you_die
from ml.forecast.snapshot import Outcome, Snapshot, origins, take_snapshot, what_followed

if TYPE_CHECKING:
    import duckdb

_SHORT_LABEL = 3
"""The shorter labels are of the horizon over this."""
_MOST_ORIGINS = 13
_MOST_ROWS = 200_000


@dataclass(frozen=True)
class Lesson:
    """The customers of one past origin, what was expected of them within ``label_days``, and what they did."""

    snapshot: Snapshot
    expectation: Expectation
    outcome: Outcome

    @property
    def label_days(self) -> int:
        """How many days after the origin the label covers."""
        return self.outcome.horizon_days

    @property
    def known_at(self) -> datetime:
        """The instant at which the label was complete."""
        return self.snapshot.as_of + timedelta(days=self.label_days)

    def matrix(self) -> np.ndarray:
        """Inputs of the trees: features, expectations, and the length of the label."""
        return inputs(self.snapshot, self.expectation, self.label_days)


def inputs(snapshot: Snapshot, expectation: Expectation, label_days: int) -> np.ndarray:
    """(customers, inputs) as the trees read them."""
    length = np.full((len(snapshot), 1), float(label_days))
    return np.hstack([snapshot.matrix, expectation.as_features(), length])


def collect(
    connection: duckdb.DuckDBPyConnection, first: datetime, as_of: datetime, horizon_days: int, customers: int
) -> list[Lesson]:
    """Lessons whose labels were complete at ``as_of``, by origin and length of label; empty without enough history.

    Of many customers every n-th is learned from. What is expected at an origin comes from parameters fitted at it or at
    most a third of a horizon before it, never after.
    """
    lengths = sorted({max(1, horizon_days // _SHORT_LABEL), horizon_days})
    wanted = [(at, days) for days in lengths for at in origins(first, as_of, horizon_days, days, _MOST_ORIGINS)]
    if not wanted:
        return []
    every_nth = -(-customers * len(wanted) // _MOST_ROWS)
    moments = sorted({at for at, _ in wanted})
    with ThreadPoolExecutor(2) as pool:

        def take(at: datetime) -> Snapshot:
            with connection.cursor() as cursor:
                return take_snapshot(cursor, at, horizon_days, every_nth)

        snapshots = dict(zip(moments, pool.map(take, moments), strict=True))
        fitted = _fitted(snapshots, horizon_days, pool)
    lessons = []
    for at, days in sorted(wanted):
        if len(snapshot := snapshots[at]):
            outcome = what_followed(connection, at, days, snapshot.customer, known_at=as_of)
            expectation = fitted[at].expect(snapshot, days)
            # Trees start from what is expected; where that is nothing of anybody there is nothing to start from.
            if expectation.spend.sum() > 0:
                lessons.append(Lesson(snapshot, expectation, outcome))
    return lessons


def _fitted(
    snapshots: dict[datetime, Snapshot], horizon_days: int, pool: ThreadPoolExecutor
) -> dict[datetime, BuyTillYouDie]:
    """Parameters for each origin, fitted again after every third of a horizon."""
    chosen: list[datetime] = []
    for at in sorted(snapshots):
        if len(snapshots[at]) and (not chosen or at - chosen[-1] >= timedelta(days=horizon_days / _SHORT_LABEL)):
            chosen.append(at)
    fits = dict(zip(chosen, pool.map(lambda at: fit_buy_till_you_die(snapshots[at]), chosen), strict=True))
    return {at: fits[max(one for one in chosen if one <= at)] for at in snapshots if len(snapshots[at])}
