"""Nights in a real Airflow that take long: a week of them, a backfill, and a kill of everything in the middle of one.

`make airflow-check` runs them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from regulars import config
from regulars.config import Home
from tests.conftest import regulars
from tests.dags.standalone import Standalone

pytestmark = [pytest.mark.week, pytest.mark.timeout(1800)]
DAYS = 20
FIRST_DAY = config.world("shop").alive_from
LANDINGS = ("land_crm", "land_web", "land_transactions")
LAST = FIRST_DAY + timedelta(days=DAYS - 1)
WEEK = [LAST - timedelta(days=ago) for ago in reversed(range(7))]
EARLIER = [WEEK[0] - timedelta(days=ago) for ago in (3, 2, 1)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("week"))
    size = ("--customers", "300", "--days", str(DAYS), "--seed", "1")
    assert regulars("demo", "simulate", *size, home=home.root, world="shop").returncode == 0
    return home


@pytest.fixture(scope="module")
def airflow(home: Home) -> Iterator[Standalone]:
    with Standalone(home.root, "shop") as running:
        for dag in (*LANDINGS, "nightly"):
            running.unpause(dag)
        assert all(run["state"] == "success" for run in running.run(*LANDINGS, business_date=WEEK[0].isoformat()))
        yield running


@pytest.fixture(scope="module")
def week(home: Home, airflow: Standalone) -> dict[date, str]:
    """The content hash of each night of a week, run one after another."""
    for night in WEEK:
        (run,) = airflow.run("nightly", business_date=night.isoformat())
        assert run["state"] == "success", night
        assert home.in_front.startswith(night.isoformat())
    return {night: _content_hash(home, night) for night in WEEK[-5:]}


def test_a_backfill_gives_what_nights_gave_and_readers_go_on_with_the_latest(
    home: Home, airflow: Standalone, week: dict[date, str]
) -> None:
    front = home.in_front
    nights = [*EARLIER, WEEK[-2]]
    for first, last in ((EARLIER[0], EARLIER[-1]), (WEEK[-2], WEEK[-2])):
        # Night D runs at 03:00 of D + 1 in Berlin, and its data interval began a day before.
        between = (f"{first}T02:00:00Z", f"{last}T02:00:00Z")
        runs = airflow.backfill("nightly", *between, max_active_runs=3, dag_run_conf={"full_rebuild": True})
        assert [run["state"] for run in runs] == ["success"] * ((last - first).days + 1)
    assert home.in_front == front
    assert [len(list(home.publications.glob(f"{night}-*"))) for night in nights] == [1, 1, 1, 1]
    assert _content_hash(home, WEEK[-2]) == week[WEEK[-2]]


def test_a_night_in_which_everything_was_killed_heals(home: Home, week: dict[date, str]) -> None:
    last = _content_hash(home, LAST)
    with Standalone(home.root, "shop") as running:
        _, started = running.trigger("nightly", business_date=LAST.isoformat(), full_rebuild=True)
        running.task_in("nightly", started["dag_run_id"], "build_profile", {"running"})
    # What was running is taken up by the next scheduler.
    with Standalone(home.root, "shop") as again:
        run = again.ended("nightly", started["dag_run_id"])
        assert run["state"] == "success"
    assert _content_hash(home, LAST) == last
    assert home.in_front.startswith(LAST.isoformat())


def _content_hash(home: Home, night: date) -> str:
    (summary,) = home.publications.glob(f"{night}-*/summary.json")
    return str(json.loads(summary.read_text())["content_hash"])
