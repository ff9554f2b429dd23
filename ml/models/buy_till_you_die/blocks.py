"""Rows worked on a block at a time, so that the nodes of each stay in the processor's cache."""

from __future__ import annotations

_ROWS = 2_048


def blocks(rows: int) -> list[slice]:
    """Slices that cover ``rows`` rows, in order."""
    return [slice(first, first + _ROWS) for first in range(0, rows, _ROWS)]
