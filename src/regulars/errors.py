"""Errors a person can act on: what is wrong, where, and what to do next.

The command line prints them without a traceback and ends with their exit code.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class RegularsError(Exception):
    """Something is wrong that a person can mend."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        self.what, self.where, self.next_step = what, where, next_step
        super().__init__(self._text())

    def _text(self) -> str:
        place = f"{self.where}: " if self.where else ""
        step = f"\n  Next: {self.next_step}" if self.next_step else ""
        return f"{place}{self.what}{step}"


class UsageError(RegularsError):
    """The command, a parameter or a configuration file is not of the form it must have."""

    exit_code = 2


class DataHeld(RegularsError):
    """The data did not pass: nothing was published, and what was published before still is."""

    exit_code = 3


class ApprovalNeeded(RegularsError):
    """A person has to decide before this goes on."""

    exit_code = 4


_OF_THE_MACHINE = ("OutOfMemoryException", "IOException", "FatalException", "OperationalError")
"""Names of errors of DuckDB and of the operational store that speak of memory, disk or server, not of data."""


def machine_trouble(error: BaseException) -> RegularsError | None:
    """What a person is told when memory, disk or server gave way; None for any other error.

    Only the first line of the machine's own words is repeated: what follows it may be SQL with values.
    """
    is_known = isinstance(error, MemoryError | OSError) or type(error).__name__ in _OF_THE_MACHINE
    if not is_known:
        return None
    told = next((line for line in str(error).splitlines() if line), type(error).__name__)
    if isinstance(error, MemoryError) or "out of memory" in told.lower():
        step = "free memory or lower REGULARS_MEMORY_LIMIT, so that more goes to disk, then run this again"
        return RegularsError(f"Out of memory: {told}", next_step=step)
    step = "see that the disk, or the server of the store, is well and has room, then run this again"
    if isinstance(error, OSError):
        return RegularsError(error.strerror or told, where=str(error.filename or ""), next_step=step)
    return RegularsError(told, next_step=step)


def did_you_mean(wrong: str, right: Iterable[str]) -> str:
    """A sentence that names the nearest right word, or all of them when none is near."""
    words = sorted(right)
    near = difflib.get_close_matches(wrong, words, n=1, cutoff=0.5)
    return f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(words)}."
