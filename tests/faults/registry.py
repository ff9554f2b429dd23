"""The rows of the fault matrix that are built: an id, what they promise, where they strike, and how they are tried."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from tests.faults.bench import Bench

Attempt = Callable[[Bench], None]


@dataclass(frozen=True)
class Fault:
    """One row. ``through_airflow``: the full tier runs it by the program itself, Airflow and all. ``needs``: what the
    machine must have for it: a program, or ``mount``, the right to mount a file system of its own.
    """

    number: str
    told: str
    promise: tuple[str, ...]
    failpoints: tuple[str, ...]
    is_quick: bool
    through_airflow: bool
    attempt: Attempt
    needs: tuple[str, ...] = ()

    @property
    def lacking(self) -> list[str]:
        """What it needs and this machine has not."""
        return [need for need in self.needs if not (_may_mount() if need == "mount" else shutil.which(need))]


HOW_TO_BRING = {
    "strace": "sudo apt-get install strace",
    "faketime": "sudo apt-get install faketime",
    "mount": "run it as root",
}


@cache
def _may_mount() -> bool:
    with tempfile.TemporaryDirectory() as place:
        tried = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=False, capture_output=True)
        return (
            os.geteuid() == 0 and not tried.returncode and not subprocess.run(["umount", place], check=False).returncode
        )


FAULTS: dict[str, Fault] = {}


def fault(
    number: str,
    *,
    promise: Sequence[str],
    failpoints: Sequence[str] = (),
    quick: bool = False,
    through_airflow: bool = False,
    needs: Sequence[str] = (),
) -> Callable[[Attempt], Attempt]:
    """Register a row. Its function breaks something on a bench and asserts what must be true all the same."""

    def register(attempt: Attempt) -> Attempt:
        if number in FAULTS:
            raise ValueError(f"There are two rows {number}")
        told = (attempt.__doc__ or "").strip().splitlines()[0]
        FAULTS[number] = Fault(
            number, told, tuple(promise), tuple(failpoints), quick, through_airflow, attempt, tuple(needs)
        )
        return attempt

    return register
