"""Supervised refinement inside a cluster: the one figure that tells best whose later value is high, where there is one.

Chosen among the customers of one period and tried once on those of the next. A split that does not hold there is none:
within a cluster customers are alike in what made it, so often nothing is left to tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ml.clustering.assign import Split
from ml.clustering.fit import SEED
from ml.clustering.measures import ranks_of

LEAST = 30
"""Customers a side must have, in both periods."""
_TENTHS = np.linspace(0.1, 0.9, 9)
_DRAWS = 200
_LEVEL = 0.95


def find_split(
    names: Sequence[str], before: np.ndarray, before_value: np.ndarray, after: np.ndarray, after_value: np.ndarray
) -> Split | None:
    """The split of one cluster's customers by one of ``names``, learned on ``before``; None where none holds.

    ``before`` and ``after`` are (customers, names), null as NaN; the values are net revenue in the horizon after each.
    It holds where, in the period after, the same side is ahead in mean rank in 95 % of draws of the customers.
    """
    ranks = ranks_of(before_value)
    cuts = [cut for place in range(len(names)) for cut in _cuts(before[:, place], ranks, place)]
    if not cuts:
        return None
    best = max(cuts, key=lambda cut: (cut.gain, -cut.place))
    above, known = after[:, best.place] > best.at, ~np.isnan(after[:, best.place])
    left, right = after_value[known & above], after_value[known & ~above]
    if min(len(left), len(right)) < LEAST or not _holds(left, right, best.sign):
        return None
    return Split(names[best.place], best.at, round(float(left.mean()), 2), round(float(right.mean()), 2))


class _Cut(NamedTuple):
    """``gain`` grows with what a cut explains; ``sign`` is 1 where those above it are ahead, else -1."""

    gain: float
    place: int
    at: float
    sign: int


def _cuts(values: np.ndarray, ranks: np.ndarray, place: int) -> Iterator[_Cut]:
    """The cuts of one feature at its tenths."""
    known = ~np.isnan(values)
    values, ranks = values[known], ranks[known]
    for at in np.unique(np.quantile(values, _TENTHS, method="lower")) if len(values) else ():
        above = values > at
        count = int(above.sum())
        if min(count, len(values) - count) >= LEAST:
            gap = float(ranks[above].mean() - ranks[~above].mean())
            yield _Cut(gap * gap * count * (len(values) - count), place, float(at), 1 if gap > 0 else -1)


def _holds(above: np.ndarray, below: np.ndarray, sign: int) -> bool:
    ranks = ranks_of(np.concatenate([above, below]))
    left, right = ranks[: len(above)], ranks[len(above) :]
    random = np.random.default_rng(SEED)
    gaps = [
        left[random.integers(0, len(left), len(left))].mean() - right[random.integers(0, len(right), len(right))].mean()
        for _ in range(_DRAWS)
    ]
    return bool(np.quantile(sign * np.array(gaps), (1 - _LEVEL) / 2) > 0)
