"""Whether a day of rows is too small to be whole, where nothing else would show that a file was cut off.

A plain file that ends at a line end looks whole. Checksums and manifests prove more than figures do: what they prove is
not weighed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median, pstdev

LEAST_SHARE = 0.7
DEVIATIONS = 3
LEAST_DAYS = 7
MOST_DAYS = 28
"""A day is too small when it has less than this share of the rows of an ordinary day before it, and is as many standard
deviations below their mean; of the days before, so many must be known and no more count."""


def too_few(rows: int, rows_of_days_before: Sequence[int]) -> str:
    """In words, why a day with ``rows`` is held; an empty text when it is not. The days before are in their order."""
    known = rows_of_days_before[-MOST_DAYS:]
    if len(known) < LEAST_DAYS:
        return ""
    usual = median(known)
    if rows >= LEAST_SHARE * usual or rows >= fmean(known) - DEVIATIONS * pstdev(known):
        return ""
    told = f"{rows:,} rows on this day, {usual:,.0f} on an ordinary one"
    return f"{told}; deliver the rest, or beside the file a manifest with its rows or its sha256"
