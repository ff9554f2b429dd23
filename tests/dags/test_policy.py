"""What every DAG promises: it loads fast, says what it does, asks and refuses in words, and has one writer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from regulars.airflow_home import WRITER_POOL
from tests.conftest import PROJECT

DAGS = {"identity_preview", "land_crm", "land_transactions", "land_web", "nightly", "retrain_models"}
FILES = sorted((PROJECT / "dags").glob("*.py"))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow's loader finds, in a process of its own."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [sys.executable, "-m", "tests.dags.as_loaded"],
        env={**os.environ, "REGULARS_HOME": str(home), "REGULARS_WORLD": "complete_journey"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_dag_loads_and_none_is_broken(loaded: dict[str, Any]) -> None:
    assert loaded["errors"] == {}
    assert set(loaded["dags"]) == DAGS


def test_loading_the_dags_imports_no_heavy_library_and_takes_less_than_two_seconds(loaded: dict[str, Any]) -> None:
    assert loaded["heavy"] == []
    assert loaded["seconds"] < 2


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_dag_file_is_thin(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 60
    assert "pandas" not in text and "duckdb" not in text and "select " not in text.lower()


@pytest.mark.parametrize("name", sorted(DAGS))
def test_a_dag_says_what_it_reads_and_writes_and_what_to_do_when_it_is_red(loaded: dict[str, Any], name: str) -> None:
    found = loaded["dags"][name]
    for word in ("**Reads**", "**Writes**", "**Red?**"):
        assert word in found["doc"], f"the doc_md of {name} lacks {word}: add a sentence to DOC in dags/"
    assert found["description"] and found["tags"]


@pytest.mark.parametrize("name", sorted(DAGS))
def test_a_form_asks_for_the_business_date_and_the_reason_and_explains_every_field(
    loaded: dict[str, Any], name: str
) -> None:
    params = loaded["dags"][name]["params"]
    assert {"business_date", "reason"} <= set(params)
    for param in params.values():
        assert param["schema"]["title"] and param["description"]


@pytest.mark.parametrize("name", sorted(DAGS))
def test_a_bad_business_date_is_refused_with_the_reason(loaded: dict[str, Any], name: str) -> None:
    refusals = loaded["dags"][name]["refusals"]
    assert refusals.pop("2017-12-31") == ""
    assert refusals and all(f"'{value}' is not a 'date'" in told for value, told in refusals.items())


@pytest.mark.parametrize("name", ["nightly", "retrain_models"])
def test_only_one_task_that_writes_a_candidate_runs_at_a_time(loaded: dict[str, Any], name: str) -> None:
    outside = [task for task, found in loaded["dags"][name]["tasks"].items() if found["pool"] != WRITER_POOL]
    # Whoever waits, for a person or for another night, must not hold up the night at work.
    waiting = {"nightly": ["await_receipts"], "retrain_models": ["approve"]}
    assert outside == waiting[name], f"give these tasks of {name} pool='{WRITER_POOL}', or take them out of the DAG"


def test_a_champion_stays_when_nobody_answers_in_time(loaded: dict[str, Any]) -> None:
    assert loaded["dags"]["retrain_models"]["tasks"]["approve"]["answer"] == {
        "options": ["Approve", "Reject"],
        "defaults": ["Reject"],
        "days": 3,
        "is_red": False,
    }
    approve = loaded["dags"]["retrain_models"]["params"]["approve"]
    assert approve["value"] == "ask" and approve["schema"]["enum"] == ["ask", "auto"]


def test_a_night_may_ask_for_training_and_nothing_else_of_another_dag(loaded: dict[str, Any]) -> None:
    started = {task: found["starts"] for dag in loaded["dags"].values() for task, found in dag["tasks"].items()}
    assert {task: dag for task, dag in started.items() if dag} == {"train_early": "retrain_models"}


def test_a_scheduler_tries_twice_again_what_may_go_away_and_nothing_else(loaded: dict[str, Any]) -> None:
    tasks = [task for dag in loaded["dags"].values() for task in dag["tasks"].values()]
    assert {task["retries"] for task in tasks} == {2}
    again = {"held": False, "usage": False, "program": False, "disk": True, "network": True, "unknown": True}
    assert all(task["again"] == again for task in tasks)


@pytest.mark.parametrize(
    ("case", "is_held"),
    [
        ("before the cut-off", False),
        ("after the cut-off", True),
        ("by hand", True),
        ("by hand, willing to wait", False),
        ("by hand, after waiting", True),
        ("scheduled, for less long", True),
    ],
)
def test_a_night_waits_for_required_sources_until_its_deadline_and_is_then_held_with_the_list(
    loaded: dict[str, Any], case: str, is_held: bool
) -> None:
    told = loaded["waiting"][case]
    if is_held:
        assert "Nothing accepted of transactions__basket_line of 2017-06-29, transactions__product" in told
        assert "Next: deliver " in told
    else:
        assert told == "waits"


def test_a_backfill_refuses_one_business_date_for_all_its_runs(loaded: dict[str, Any]) -> None:
    told = loaded["waiting"]["backfill"]
    assert "A backfill takes no business date" in told and "Next: leave 'Business date' empty" in told


def test_every_task_that_fails_for_good_is_told_and_a_late_night_too(loaded: dict[str, Any]) -> None:
    assert {tuple(task["tells"]) for dag in loaded["dags"].values() for task in dag["tasks"].values()} == {
        ("tell_failure",)
    }
    assert {name: dag["deadlines"] for name, dag in loaded["dags"].items() if dag["deadlines"]} == {"nightly": [8]}


def test_sources_land_from_two_in_the_morning_until_the_cut_off_of_the_worlds_own_night(loaded: dict[str, Any]) -> None:
    schedules = {loaded["dags"][name]["schedule"] for name in DAGS if name.startswith("land_")}
    assert len(schedules) == 1 and "0 2-6 * * *" in schedules.pop()
    landings = loaded["dags"]["land_crm"]["business_dates"]
    assert [landings.count(day) for day in ("2017-03-11", "2017-03-12", "2017-07-01", "2017-11-04")] == [4, 5, 5, 5]


def test_assets_order_landing_before_the_night_and_the_night_before_training(loaded: dict[str, Any]) -> None:
    def assets(name: str, side: str) -> set[str]:
        return {asset for task in loaded["dags"][name]["tasks"].values() for asset in task[side]}

    assert loaded["before_the_night"] == ["land_crm", "land_transactions", "land_web"]
    assert assets("nightly", "outlets") == assets("retrain_models", "inlets") == {"publication"}
    assert assets("retrain_models", "outlets") <= assets("nightly", "inlets")


def test_every_business_date_of_the_year_has_one_scheduled_night(loaded: dict[str, Any]) -> None:
    wanted = [(date(2017, 1, 1) + timedelta(days=step)).isoformat() for step in range(365)]
    assert [day for day in loaded["dags"]["nightly"]["business_dates"] if day <= "2017-12-31"] == wanted


def test_scheduled_training_is_for_the_day_before_it(loaded: dict[str, Any]) -> None:
    trained_for = loaded["dags"]["retrain_models"]["business_dates"]
    assert trained_for[:2] == ["2017-02-01", "2017-03-01"]
    assert all(day.endswith("-01") for day in trained_for)


def test_two_first_commands_of_a_home_at_once_make_one_database(tmp_path: Path) -> None:
    script = (
        "from regulars import airflow_home, config; home = config.home(); "
        "airflow_home.prepare(home); airflow_home.create_database(home)"
    )
    settings = {"REGULARS_HOME": str(tmp_path), "REGULARS_WORLD": "complete_journey"}
    both = [
        subprocess.Popen([sys.executable, "-c", script], env={**os.environ, **settings}, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    told = [one.communicate()[1].decode() for one in both]
    assert [one.returncode for one in both] == [0, 0], told
