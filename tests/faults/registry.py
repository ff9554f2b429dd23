"""The rows of the fault matrix that are built: an id, what they promise, where they strike, and how they are tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.faults.bench import Bench

Attempt = Callable[[Bench], None]


@dataclass(frozen=True)
class Fault:
    """One row. ``through_airflow``: the full tier runs it by the program itself, Airflow and all."""

    number: str
    told: str
    promise: tuple[str, ...]
    failpoints: tuple[str, ...]
    is_quick: bool
    through_airflow: bool
    attempt: Attempt


FAULTS: dict[str, Fault] = {}


def fault(
    number: str,
    *,
    promise: Sequence[str],
    failpoints: Sequence[str] = (),
    quick: bool = False,
    through_airflow: bool = False,
) -> Callable[[Attempt], Attempt]:
    """Register a row. Its function breaks something on a bench and asserts what must be true all the same."""

    def register(attempt: Attempt) -> Attempt:
        if number in FAULTS:
            raise ValueError(f"There are two rows {number}")
        told = (attempt.__doc__ or "").strip().splitlines()[0]
        FAULTS[number] = Fault(number, told, tuple(promise), tuple(failpoints), quick, through_airflow, attempt)
        return attempt

    return register
