"""F1: backfills, tasks and whole groups of processes are killed, and what is done already is not done again."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from tests.dags.standalone import QUICK_TO_MISS, Standalone
from tests.faults import shop
from tests.faults.bench import NIGHT, Bench, assert_ended_well
from tests.faults.process import KILLED
from tests.faults.registry import fault

NIGHTS = [shop.DELIVERIES[number].isoformat() for number in (9, 17)]
"""Nights for which every required source has delivered."""


@fault("F120", promise=["P3", "P4"], failpoints=["build.after_profile"])
def backfill_killed(bench: Bench) -> None:
    """a backfill killed in its second night: the first is not built again, both say what they would have"""
    bench.start_from("golden")
    undisturbed = _backfill(bench)
    bench.home.root.rename(bench.folder / "undisturbed")
    bench.start_from("golden")
    assert_ended_well(bench.regulars("run", "--business-date", NIGHTS[0]))
    built = _built(bench)
    run = bench.regulars("run", "--business-date", NIGHTS[1], failpoint="build.after_profile:kill")
    assert run.exit_code == KILLED
    assert _backfill(bench) == undisturbed
    assert built.items() <= _built(bench).items(), "a night that was done was built again"
    bench.assert_is("golden")
    shutil.rmtree(bench.folder / "undisturbed")


def _backfill(bench: Bench) -> list[str]:
    for night in NIGHTS:
        assert_ended_well(bench.regulars("run", "--business-date", night))
    return sorted(path.name for path in bench.home.publications.iterdir())


def _built(bench: Bench) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in bench.home.publications.glob("*/summary.json")} | {
        str(path): path.stat().st_mtime_ns for path in (bench.home.root / "runs").glob("nightly.*/summary.json")
    }


@fault("F121", promise=["P2", "P4"])
def task_killed(bench: Bench) -> None:
    """a real Airflow runs the night, and the process of a task is killed: it is tried again, and the night ends well"""
    bench.start_with_late_lines()
    with Standalone(bench.home.root, shop.NAME, more={**bench.environment, **QUICK_TO_MISS}) as airflow:
        for dag in ("land_transactions", "nightly"):
            airflow.unpause(dag)
        assert [run["state"] for run in airflow.run("land_transactions")] == ["success"]
        _, started = airflow.trigger("nightly", business_date=NIGHT)
        airflow.task_in("nightly", started["dag_run_id"], "build_profile", {"running"})
        task = _task(airflow, started["dag_run_id"])
        os.kill(_runner_of(task["pid"]), signal.SIGKILL)
        ended = airflow.ended("nightly", started["dag_run_id"], within_seconds=600)
        assert ended["state"] == "success"
        assert _task(airflow, started["dag_run_id"])["try_number"] == 2
    bench.assert_is("late")


def _task(airflow: Standalone, run_id: str) -> dict[str, int]:
    return airflow.get(f"/dags/nightly/dagRuns/{run_id}/taskInstances/build_profile")


def _runner_of(supervisor: int) -> int:
    """The process that does a task's work: the child of the one that watches over it, or itself."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    return int(children[0]) if children else supervisor


@fault("F122", promise=["P2", "P4"], through_airflow=True, failpoints=["build.after_stage"])
def group_killed(bench: Bench) -> None:
    """everything `regulars run` has started is killed in the middle of a task: the next run ends it"""
    bench.start_with_late_lines()
    started = bench.start("run", failpoint="build.after_stage:stop")
    started.await_stop()
    started.kill()
    assert started.wait().exit_code == KILLED
    assert_ended_well(bench.regulars("run"))
    bench.assert_is("late")
