"""Of a source that is pulled: its DAG pulls before it lands, by Connections whose secrets no error shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from regulars import config
from tests.pull.conftest import pulled_conf

PROGRAM = """
import json, sys
from regulars import airflow_home, config
airflow_home.prepare(config.home())
sys.path.insert(0, str(config.PROJECT / "dags"))
import land
from connections import connection
from regulars.errors import UsageError
def told(name):
    try:
        return connection(name).__dict__
    except UsageError as refused:
        return str(refused)
dags = {source: getattr(land, f"land_{source}") for source in land.LANDED}
print(json.dumps({
    "tasks": {source: [task.task_id for task in dag.topological_sort()] for source, dag in dags.items()},
    "asked": {source: sorted(dag.params) for source, dag in dags.items()},
    "known": {name: told(name) for name in ("crm_database", "help_desk", "nobody", "broken")},
}))
"""
SECRET = "secret-Brindlemoth-4419"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("pulled")
    connections = {
        "CRM_DATABASE": f"postgres://reader:{SECRET}@db.example.com:5433/crm?sslmode=verify-full",
        "HELP_DESK": json.dumps({"conn_type": "http", "host": "https://desk.example.com", "password": SECRET}),
        "BROKEN": f"http://a:{SECRET}://b://c",
    }
    settings = {f"AIRFLOW_CONN_{name}": value for name, value in connections.items()}
    places = {"REGULARS_HOME": str(folder / "home"), "REGULARS_CONF": str(pulled_conf(folder / "conf"))}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        env={**os.environ, **settings, **places, "REGULARS_WORLD": "shop"},
        cwd=config.PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_source_that_is_pulled_is_pulled_before_it_is_landed_and_no_other(loaded: dict[str, Any]) -> None:
    landing = ["land_files", "gate_rows"]
    assert loaded["tasks"] == {**dict.fromkeys(loaded["tasks"], landing), "crm": ["pull_changes", *landing]}
    assert {source for source, asked in loaded["asked"].items() if "pull_again" in asked} == {"crm"}


def test_a_connection_of_the_environment_says_where_and_by_which_credentials(loaded: dict[str, Any]) -> None:
    assert loaded["known"]["crm_database"] == {
        "name": "crm_database",
        "host": "db.example.com",
        "port": 5433,
        "schema": "crm",
        "login": "reader",
        "password": SECRET,
        "extra": {"sslmode": "verify-full"},
    }
    assert loaded["known"]["help_desk"]["host"] == "https://desk.example.com"
    assert loaded["known"]["help_desk"]["password"] == SECRET


@pytest.mark.parametrize("name", ["nobody", "broken"])
def test_a_connection_that_is_not_there_or_not_readable_is_told_without_its_secret(
    loaded: dict[str, Any], name: str
) -> None:
    told = loaded["known"][name]
    assert f"no readable connection '{name}'" in told and f"set AIRFLOW_CONN_{name.upper()}" in told
    assert SECRET not in told
