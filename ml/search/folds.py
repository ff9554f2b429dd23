"""Folds grouped by customer and forward in time.

A fold learns from other customers, from labels that were complete when its period began, and is judged by the customers
held out, on that period. Nobody is learned from and judged; nothing is learned from later than it is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ml.datasets.frame import Frame
from ml.models.fit import refusal
from ml.models.spec import ModelSpec


@dataclass(frozen=True)
class Fold:
    """A period, by the origin it begins at, and the customers held out for it, sorted."""

    origin: datetime
    held_out: np.ndarray

    def learned(self, frame: Frame) -> Frame:
        """The rows of other customers whose label was complete at the origin."""
        return frame.where(~self._is_held_out(frame)).known_at(self.origin)

    def judged(self, frame: Frame) -> Frame:
        """The rows at the origin of the customers held out."""
        return frame.where(self._is_held_out(frame)).at(self.origin)

    def _is_held_out(self, frame: Frame) -> np.ndarray:
        return np.isin(frame.rows.customer_id, self.held_out)


def folds_of(frame: Frame, spec: ModelSpec, periods: int, groups: int, seed: int) -> list[Fold]:
    """The latest ``periods`` of ``frame`` that share no day, each once for all of ``groups``, dealt out by ``seed``.

    Raises TrainingRefused when there are not as many periods with something to learn from before them.
    """
    origins = _apart(frame)[-periods:]
    if len(origins) < periods:
        raise refusal(spec, f"{len(origins)} periods to try on, fewer than {periods}")
    customers = np.random.default_rng(seed).permutation(np.unique(frame.rows.customer_id))
    dealt = [np.sort(part) for part in np.array_split(customers, groups)]
    return [Fold(origin, part) for origin in origins for part in dealt]


def _apart(frame: Frame) -> Sequence[datetime]:
    """Origins with periods that end before the next one begins, counted back from the latest; oldest first."""
    chosen: list[datetime] = []
    ends = dict(zip(frame.as_of, frame.label_end, strict=True))
    for origin in np.unique(frame.as_of)[::-1]:
        if not chosen or ends[origin] <= np.datetime64(chosen[0], "us"):
            chosen.insert(0, origin.item())
    return chosen
