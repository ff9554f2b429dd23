"""Tries faults and keeps the score."""

from __future__ import annotations

import json
import shutil
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click

from tests.faults.bench import Bench
from tests.faults.checks import personal_leaks, rows_lost
from tests.faults.reader import Reader
from tests.faults.registry import Fault

AT_ONCE = 2


@dataclass(frozen=True)
class Outcome:
    """How one fault ended. ``why``: what was not as promised; empty when it survived."""

    number: str
    told: str
    promise: tuple[str, ...]
    why: str
    rows_lost: int
    reader_errors: int
    pii_leaks: int
    seconds: float

    @property
    def survived(self) -> bool:
        return not self.why


def attempt(fault: Fault, like: Bench, folder: Path, *, full: bool) -> Outcome:
    """Try one fault on a bench of its own, a reader polling all the while; the bench is removed when it survived."""
    folder.mkdir(parents=True)
    bench = replace(like, folder=folder, through_airflow=full and fault.through_airflow, is_full=full)
    began, why, lost, leaks = time.monotonic(), "", 0, []
    with Reader(bench.home) as reader:
        try:
            fault.attempt(bench)
            lost, leaks = rows_lost(bench), personal_leaks(bench)
        except AssertionError as broken:
            # Of an assertion without a message: the line that makes it, not the marks below it.
            why = str(broken) or [line for line in traceback.format_exc().splitlines() if line.strip(" ^~")][-2].strip()
        except Exception as error:
            why = "".join(traceback.format_exception(error)[-2:])
    strangers = sorted(set(reader.seen) - _finished(bench))
    found = {f"{lost} rows lost": lost, f"readers: {reader.errors[:2]}": reader.errors, f"leaks: {leaks}": leaks}
    found[f"readers saw {strangers}"] = strangers
    why = why or "; ".join(told for told, is_so in found.items() if is_so)
    if not why:
        shutil.rmtree(folder)
    seconds = round(time.monotonic() - began, 1)
    errors = len(reader.errors) + len(strangers)
    return Outcome(fault.number, fault.told, fault.promise, why, lost, errors, len(leaks), seconds)


def _finished(bench: Bench) -> set[str]:
    return {path.parent.name for path in bench.home.publications.glob("*/summary.json")}


def attempt_all(faults: Sequence[Fault], like: Bench, folder: Path, *, full: bool) -> list[Outcome]:
    """Try every fault, two at once; each is told when it ends. ``full``: through Airflow where a row says so."""

    def one(fault: Fault) -> Outcome:
        outcome = attempt(fault, like, folder / fault.number, full=full)
        click.echo(outcome_line(outcome))
        return outcome

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, faults))


def outcome_line(outcome: Outcome) -> str:
    """One outcome for people."""
    mark = "survived" if outcome.survived else "BROKEN  "
    why = "" if outcome.survived else f"\n    {outcome.why}"
    return f"  {outcome.number:6} {mark} {outcome.seconds:6.1f} s  {outcome.told}{why}"


def score_line(outcomes: Sequence[Outcome], seconds: float) -> str:
    """The score of a run."""
    parts = [
        f"faults survived {sum(one.survived for one in outcomes)}/{len(outcomes)}",
        f"rows lost {sum(one.rows_lost for one in outcomes)}",
        f"reader errors {sum(one.reader_errors for one in outcomes)}",
        f"PII leaks {sum(one.pii_leaks for one in outcomes)}",
        f"{seconds:.0f} s",
    ]
    return " | ".join(parts)


def write(outcomes: Sequence[Outcome], path: Path) -> None:
    """Leave the outcomes as JSON."""
    path.write_text(json.dumps([asdict(one) | {"survived": one.survived} for one in outcomes], indent=1) + "\n")
