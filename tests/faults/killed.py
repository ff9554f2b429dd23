"""F1: the process ends anywhere. Each kill is SIGKILL; the same command again must give what a run without it gives."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.bench import Bench, assert_ended_well
from tests.faults.process import KILLED
from tests.faults.registry import Attempt, fault

HEALS = ("P1", "P2", "P3", "P4", "P9")


def killed_in_the_night(
    number: str, told: str, *points: str, quick: bool = False, through_airflow: bool = False, sees: str = "golden"
) -> None:
    """Register: a night over a late delivery, killed at each of ``points``; ``sees`` is in front after the kill."""

    def attempt(bench: Bench) -> None:
        bench.start_with_late_lines()
        for point in points:
            run = bench.regulars("run", failpoint=f"{point}:kill")
            assert run.exit_code == KILLED, f"{point} was not reached, exit {run.exit_code}: {run.told[-300:]}"
            assert bench.home.in_front == bench.golden[sees]
        assert_ended_well(bench.regulars("run"))
        bench.assert_is("late")

    attempt.__doc__ = told
    _register(number, points, quick, through_airflow)(attempt)


def killed_in_training(number: str, told: str, *points: str, through_airflow: bool = False) -> None:
    """Register: the first training, killed at each of ``points``. The same models come of it, and nothing half-made."""

    def attempt(bench: Bench) -> None:
        bench.start_from("golden")
        bench.forget_models()
        for point in points:
            run = bench.regulars("run", failpoint=f"{point}:kill")
            assert run.exit_code == KILLED, f"{point} was not reached, exit {run.exit_code}: {run.told[-300:]}"
            assert not list(bench.home.models.glob("*/champion.json"))
        assert_ended_well(bench.regulars("run"))
        bench.assert_is("golden")
        assert bench.versions() == bench.versions_of("golden")

    attempt.__doc__ = told
    _register(number, points, False, through_airflow)(attempt)


def _register(number: str, points: tuple[str, ...], quick: bool, airflow: bool) -> Callable[[Attempt], Attempt]:
    plain = [point.split(":")[0] for point in points]
    return fault(number, promise=HEALS, failpoints=plain, quick=quick, through_airflow=airflow)


killed_in_the_night("F101", "killed while a file is half-way into place", "durable.before_replace", quick=True)
killed_in_the_night("F102", "killed with raw bytes stored and nothing in the ledger", "land.after_raw_stored")
