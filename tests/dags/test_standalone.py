"""The first night in a real Airflow, by its REST API: what runs, what is refused, what its stores hold."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from typing import Any

import psutil
import pytest

from regulars import warehouse
from regulars.config import Home
from tests.dags.standalone import Standalone

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow"), pytest.mark.timeout(600)]
LANDINGS = ("land_crm", "land_web", "land_transactions")
FIRST_NIGHT = (LANDINGS, ("nightly",))


@pytest.fixture(scope="module")
def automatic(airflow: Standalone) -> dict[str, dict[str, Any]]:
    """The runs two time tables start by themselves once somebody unpauses them."""
    for dag in (*LANDINGS, "nightly"):
        airflow.unpause(dag)
    return {dag: airflow.automatic_run(dag) for dag in ("land_crm", "nightly")}


@pytest.fixture(scope="module")
def first_night(airflow: Standalone, automatic: dict[str, Any]) -> list[dict[str, Any]]:
    """Every step of the first night, started by hand; the sources land side by side."""
    return [run for step in FIRST_NIGHT for run in airflow.run(*step, reason="first night")]


@pytest.mark.parametrize("dag", ["land_crm", "nightly"])
def test_unpausing_a_dag_whose_data_has_ended_skips_and_turns_nothing_red(
    airflow: Standalone, automatic: dict[str, dict[str, Any]], dag: str
) -> None:
    assert automatic[dag]["state"] == "success"
    tasks = airflow.tasks(automatic[dag])
    assert {task["state"] for task in tasks} == {"skipped"}
    first = next(task for task in tasks if task["task_id"] in ("land_files", "await_receipts"))
    assert "deliver from 1997-01-01 until 1998-06-30" in airflow.log(first)


def test_the_first_night_succeeds_and_publishes_scores(airflow: Standalone, first_night: list[dict[str, Any]]) -> None:
    assert [(run["dag_id"], run["state"]) for run in first_night] == [
        (dag, "success") for step in FIRST_NIGHT for dag in step
    ]
    for run in first_night:
        states = {task["task_id"]: task["state"] for task in airflow.tasks(run)}
        # Nothing has shifted for long, so nobody asks for a training before the month is over.
        assert states.pop("train_early", "skipped") == "skipped"
        assert set(states.values()) == {"success"}
    with warehouse.published(airflow.home / "published" / "regulars.duckdb") as connection:
        scores = connection.execute(
            "select count(*), count(probability), bool_or(not is_baseline) from customer_score where model = 'churn'"
        ).fetchone()
    assert scores is not None and scores[0] == scores[1] > 2000 and scores[2]


def test_a_tasks_log_says_what_it_did_and_a_green_night_shows_nothing_in_red(
    airflow: Standalone, first_night: list[dict[str, Any]]
) -> None:
    logs = {task["task_id"]: airflow.log(task) for run in first_night for task in airflow.tasks(run)}
    assert "built layer stage" in logs["build_stage"]
    assert not [task for task, log in logs.items() if '"level": "error"' in log or "task.stderr" in log]


def test_a_night_with_nothing_new_is_skipped_and_says_which_publication_stays(
    airflow: Standalone, first_night: list[dict[str, Any]]
) -> None:
    (again,) = airflow.run("nightly")
    states = {task["task_id"]: task["state"] for task in airflow.tasks(again)}
    assert again["state"] == "success" and states["lay_out"] == states["publish"] == "skipped"
    (lay_out,) = [task for task in airflow.tasks(again) if task["task_id"] == "lay_out"]
    assert f"nothing changed since {Home(airflow.home).in_front} was published" in airflow.log(lay_out)


def test_an_unknown_parameter_turns_the_first_task_red_in_words(
    airflow: Standalone, first_night: list[dict[str, Any]]
) -> None:
    (refused,) = airflow.run("nightly", busines_date="1998-06-30")
    red = [task for task in airflow.tasks(refused) if task["state"] == "failed"]
    assert [task["task_id"] for task in red] == ["await_receipts"]
    assert red[0]["try_number"] == 1
    assert "There is no parameter 'busines_date'. Did you mean 'business_date'?" in airflow.log(red[0])


@pytest.mark.parametrize(
    ("conf", "reason"),
    [
        ({"business_date": "30.06.1998"}, "'30.06.1998' is not a 'date'"),
        ({"business_date": "1998-06-31"}, "'1998-06-31' is not a 'date'"),
        ({"full_rebuild": "maybe"}, "'maybe' is not of type 'boolean'"),
        ({"reason": "x" * 201}, "is too long"),
    ],
)
def test_a_bad_parameter_is_refused_before_a_run_starts(airflow: Standalone, conf: dict[str, Any], reason: str) -> None:
    status, answer = airflow.trigger("nightly", **conf)
    assert status == 400 and reason in answer["detail"]


def test_no_row_of_a_customer_is_in_airflows_stores(airflow: Standalone, first_night: list[dict[str, Any]]) -> None:
    with sqlite3.connect(airflow.home / "airflow" / "airflow.db") as metadata:
        given = [json.loads(value) for (value,) in metadata.execute("select value from xcom")]
    assert given
    assert max(_longest_list(value) for value in given) <= 10
    with warehouse.published(airflow.home / "published" / "regulars.duckdb") as connection:
        orders = {
            text for (text,) in connection.execute("select distinct order_id::varchar from marts.fct_order").fetchall()
        }
    told = " ".join(path.read_text() for path in (airflow.home / "airflow" / "logs").rglob("*.log"))
    words = set(re.findall(r"[\w:.-]+", told + json.dumps(given)))
    assert len(orders) > 6000
    assert not words & orders


def test_the_interface_listens_on_loopback_only(airflow: Standalone) -> None:
    group = [process for process in psutil.process_iter() if _in_group(process, airflow.process.pid)]
    listening = {
        connection.laddr.ip
        for process in group
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == airflow.ports[0]
    }
    assert listening == {"127.0.0.1"}


def _in_group(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group
    except ProcessLookupError:
        return False


def _longest_list(value: object) -> int:
    if isinstance(value, dict):
        return max(map(_longest_list, value.values()), default=0)
    if isinstance(value, list):
        return max([len(value), *map(_longest_list, value)])
    return 0
