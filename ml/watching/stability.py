"""Population stability index of counts in bins, and how much of it is chance.

PSI is the sum over bins of (q - p) · ln(q / p), p and q being the shares then and now (Siddiqi, 2006). Where nothing
has shifted, it is about (1/n + 1/m) times a chi-squared variable with one degree of freedom less than there are bins, n
and m being the rows (Yurdakul, 2018): few rows have a PSI above any rule of thumb by chance alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

TENTHS = [step / 10 for step in range(1, 10)]
SCALE = 6
"""Figures are kept with this many decimals."""

_SMOOTHING = 0.5
"""Added to each count, so that an empty bin gives a large figure and no infinite one."""


def edges_of(values: np.ndarray) -> list[float]:
    """The distinct deciles of what is known of ``values``; none where nothing is. A bin ends with its edge."""
    known = values[~np.isnan(values)]
    return np.unique(np.quantile(known, TENTHS, method="inverted_cdf")).tolist() if len(known) else []


def counts_of(values: np.ndarray, edges: Sequence[float]) -> list[int]:
    """Rows in each bin: up to each of ``edges``, above the last one, and last those of which nothing is known."""
    known = values[~np.isnan(values)]
    bins = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return [*bins.tolist(), len(values) - len(known)]


def psi(before: Sequence[int], now: Sequence[int]) -> float:
    """Population stability index of the counts ``now`` against those ``before``; 0 where either has no row."""
    p, q = _both(before, now)
    if not p.sum() or not q.sum():
        return 0.0
    p, q = ((part + _SMOOTHING) / (part.sum() + _SMOOTHING * len(part)) for part in (p, q))
    return round(float(np.sum((q - p) * np.log(q / p))), SCALE)


def psi_by_chance(before: Sequence[int], now: Sequence[int], beyond: float) -> float:
    """The PSI that the share ``beyond`` of pairs of samples of these sizes stays below where nothing has shifted."""
    from scipy.stats import chi2

    p, q = _both(before, now)
    if len(p) < 2 or not p.sum() or not q.sum():
        return 0.0
    return round(float(chi2.ppf(beyond, len(p) - 1) * (1 / p.sum() + 1 / q.sum())), SCALE)


def _both(before: Sequence[int], now: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The bins in which there was ever a row."""
    p, q = np.asarray(before, dtype=float), np.asarray(now, dtype=float)
    used = p + q > 0
    return p[used], q[used]
