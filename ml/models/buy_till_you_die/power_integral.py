"""The integral of (alpha + τ)^-p (beta + τ)^-q over a stretch of time, which the Pareto/NBD is made of.

Gauss-Legendre nodes after the substitution τ = start + (e^v - 1) / rate. With a rate of at least both powers' own
decay, whatever makes the integrand hard (a large power, a long stretch, alpha far from beta) becomes a few units of v,
and every singularity lies π away from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.models.buy_till_you_die.blocks import blocks

_ROOTS, _ROOT_WEIGHTS = np.polynomial.legendre.leggauss(24)
_NODES, _WEIGHTS = (_ROOTS + 1) / 2, _ROOT_WEIGHTS / 2

_NEGLIGIBLE = 38.0
"""A power is followed until it has fallen to exp(-38) of what it was."""


@dataclass(frozen=True)
class Stretch:
    """Nodes of some rows: one line a row, one column a node.

    ``alpha_logs`` and ``beta_logs`` are log((alpha + τ) / (alpha + start)) and the same of beta; ``values`` is the
    integrand over its value at the start, times the node's weight, so that their sum is the relative integral.
    """

    alpha_logs: np.ndarray
    beta_logs: np.ndarray
    values: np.ndarray


def stretch(alpha: float, beta: float, p: np.ndarray, q: float, start: np.ndarray, end: np.ndarray) -> Stretch:
    """The nodes between ``start`` and ``end``."""
    from_alpha, from_beta = (alpha + start)[:, None], (beta + start)[:, None]
    rate = (p[:, None] + 1) / from_alpha + (q + 1) / from_beta
    alpha_end = from_alpha * np.expm1(np.minimum(_NEGLIGIBLE / p, 500))[:, None]
    beta_end = from_beta * np.expm1(min(_NEGLIGIBLE / q, 500))
    length = np.minimum((end - start)[:, None], np.minimum(alpha_end, beta_end))
    v_end = np.log1p(rate * length)
    since = np.expm1(v_end * _NODES) / rate
    alpha_logs, beta_logs = np.log1p(since / from_alpha), np.log1p(since / from_beta)
    values = np.exp(-p[:, None] * alpha_logs - q * beta_logs) * (since + 1 / rate) * (v_end * _WEIGHTS)
    return Stretch(alpha_logs, beta_logs, values)


def relative_integral(
    alpha: float, beta: float, p: np.ndarray, q: float, start: np.ndarray, end: np.ndarray
) -> np.ndarray:
    """The integral from ``start`` to ``end``, over the integrand at ``start``: a finite length of time."""
    p, start, end = np.broadcast_arrays(p, start, end)
    sums = np.empty(len(p))
    for block in blocks(len(p)):
        sums[block] = stretch(alpha, beta, p[block], q, start[block], end[block]).values.sum(axis=1)
    return sums
