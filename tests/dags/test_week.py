"""Nights in a real Airflow that take long: a week of them, a backfill, and a kill of everything in the middle of one.

`make airflow-check` runs them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import psutil
import pytest

from regulars import config
from regulars.config import Home
from tests.conftest import regulars
from tests.dags.standalone import QUICK_TO_MISS, Standalone

pytestmark = [pytest.mark.week, pytest.mark.xdist_group("week"), pytest.mark.timeout(1800)]
DAYS, SOURCES = 20, 5
FIRST_DAY = config.world("shop").alive_from
LANDINGS = ("land_crm", "land_web", "land_transactions")
LAST = FIRST_DAY + timedelta(days=DAYS - 1)
WEEK = [LAST - timedelta(days=ago) for ago in reversed(range(7))]
AGAIN = WEEK[-4:-1]
"""Nights the backfill builds a second time; the one before them is still kept, as it was for the first."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("week"))
    size = ("--customers", "300", "--days", str(DAYS), "--seed", "1")
    assert regulars("demo", "simulate", *size, home=home.root, world="shop").returncode == 0
    return home


@pytest.fixture(scope="module")
def airflow(home: Home) -> Iterator[Standalone]:
    with Standalone(home.root, "shop", more=QUICK_TO_MISS, sources=SOURCES) as running:
        for dag in (*LANDINGS, "nightly"):
            running.unpause(dag)
        yield running


@pytest.fixture(scope="module")
def landed(airflow: Standalone) -> list[dict[str, Any]]:
    """The runs that landed all three sources, side by side."""
    return airflow.run(*LANDINGS, business_date=LAST.isoformat())


@pytest.fixture(scope="module")
def week(home: Home, airflow: Standalone, landed: list[dict[str, Any]]) -> dict[date, str]:
    """The content hash of each night of a week, run one after another."""
    assert [run["state"] for run in landed] == ["success"] * 3
    return {night: _run_night(home, airflow, night) for night in WEEK}


def _run_night(home: Home, airflow: Standalone, night: date) -> str:
    (run,) = airflow.run("nightly", business_date=night.isoformat())
    assert run["state"] == "success", night
    assert home.in_front.startswith(night.isoformat())
    return _content_hash(home, night)


def test_sources_that_land_side_by_side_leave_each_other_alone(
    airflow: Standalone, landed: list[dict[str, Any]]
) -> None:
    for run in landed:
        assert {task["task_id"]: (task["state"], task["try_number"]) for task in airflow.tasks(run)} == {
            "land_files": ("success", 1),
            "gate_rows": ("success", 1),
        }


def test_a_backfill_gives_what_nights_gave_while_readers_keep_the_latest(
    home: Home, airflow: Standalone, week: dict[date, str]
) -> None:
    front, seen = home.in_front, set()
    # Night D runs at 03:00 of D + 1 in Berlin, and its data interval began a day before.
    between = (f"{AGAIN[0]}T02:00:00Z", f"{AGAIN[-1]}T02:00:00Z")
    more = {"max_active_runs": 3, "dag_run_conf": {"full_rebuild": True}}
    runs = airflow.backfill("nightly", *between, lambda: seen.add(home.in_front), **more)
    tasks = [{task["task_id"]: task for task in airflow.tasks(run)} for run in runs]
    # No shift has lasted, so that nobody trains before the month is over.
    assert {of_run.pop("train_early")["state"] for of_run in tasks} == {"skipped"}
    assert {task["state"] for of_run in tasks for task in of_run.values()} == {"success"}
    assert len(runs) == 3 and seen == {front} == {home.in_front}
    assert {night: _content_hash(home, night) for night in AGAIN} == {night: week[night] for night in AGAIN}
    # They were started together, and built one after another, by date.
    assert max(run["start_date"] for run in runs) < min(of_run["publish"]["start_date"] for of_run in tasks)
    built = [(of_run["lay_out"]["start_date"], of_run["publish"]["end_date"]) for of_run in tasks]
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(built))
    told = [airflow.log(of_run["await_receipts"]) for of_run in tasks]
    assert ["this run goes on by itself" in words for words in told] == [False, True, True]


def test_a_night_in_which_everything_was_killed_heals(home: Home, airflow: Standalone, week: dict[date, str]) -> None:
    _, started = airflow.trigger("nightly", business_date=LAST.isoformat(), full_rebuild=True)
    airflow.task_in("nightly", started["dag_run_id"], "build_profile", {"running"})
    airflow.kill()
    assert not [process for process in psutil.process_iter() if _works_on(process, home)]
    assert (home.candidate(LAST) / "run.json").exists()
    # What was running is taken up by the next scheduler.
    with Standalone(home.root, "shop", more=QUICK_TO_MISS, sources=SOURCES) as again:
        run = again.ended("nightly", started["dag_run_id"])
        tries = {task["task_id"]: task["try_number"] for task in again.tasks(run)}
    assert run["state"] == "success"
    assert [task for task, number in tries.items() if number > 1] == ["build_profile"] and tries["build_profile"] == 2
    assert _content_hash(home, LAST) == week[LAST]
    assert home.in_front.startswith(LAST.isoformat())
    assert not home.candidate(LAST).exists()


def _works_on(process: psutil.Process, home: Home) -> bool:
    try:
        return process.environ().get("REGULARS_HOME") == str(home.root)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _content_hash(home: Home, night: date) -> str:
    """Of the one publication there is of a night: what is built again with other content would have another name."""
    (summary,) = home.publications.glob(f"{night}-*/summary.json")
    return str(json.loads(summary.read_text())["content_hash"])
