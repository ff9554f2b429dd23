"""`regulars run` through the real DAGs: quiet, told once, without retries, and nothing left running by a kill."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from ml.registry.store import Registry
from regulars import config
from tests.conftest import IDENTIFIER_KEY, regulars
from tests.dags.planted import plant_worse_champion
from tests.pager import listening

WORLD = "cdnow"


@pytest.fixture(scope="module")
def paged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CompletedProcess[str], list[dict[str, Any]]]:
    """A home with an empty inbox, what the first run said to it, and what a person's tool was told."""
    home = tmp_path_factory.mktemp("empty")
    with listening() as pager:
        return home, regulars("run", home=home, world=WORLD, REGULARS_NOTIFY_URL=pager.url), pager.told


@pytest.fixture(scope="module")
def empty_home(paged: tuple[Path, CompletedProcess[str], list[dict[str, Any]]]) -> tuple[Path, CompletedProcess[str]]:
    """The home and what its run said."""
    return paged[0], paged[1]


@pytest.fixture
def home(empty_home: tuple[Path, CompletedProcess[str]], tmp_path: Path) -> Path:
    """A home whose Airflow is prepared, with one file in its inbox."""
    home = tmp_path / "home"
    shutil.copytree(empty_home[0], home)
    laid_out = regulars("demo", "extract", home=home, world=WORLD)
    assert laid_out.returncode == 0, laid_out.stderr
    return home


def unfinished_runs(home: Path) -> list[str]:
    """DAGs with a run that Airflow believes to be at work."""
    with sqlite3.connect(home / "airflow" / "airflow.db") as metadata:
        rows = metadata.execute("select dag_id from dag_run where state in ('running', 'queued')").fetchall()
    return [name for (name,) in rows]


def test_a_held_night_says_only_how_far_it_came_and_why_and_ends_with_3(
    empty_home: tuple[Path, CompletedProcess[str]],
) -> None:
    said = empty_home[1].stderr.splitlines()
    progress = [line for line in said if line.startswith("  land_")]
    assert said[: len(progress)] == progress and len(progress) == 6
    error, next_step = said[len(progress) :]
    assert error == (
        f"Error: nightly · await receipts: {empty_home[0] / 'inbox'}: "
        "Nothing accepted of transactions__purchase of 1998-06-30"
    )
    assert next_step.startswith("  Next: deliver ")
    assert empty_home[1].returncode == 3 and empty_home[1].stdout == ""


def test_a_held_night_is_told_once_in_the_same_words(
    paged: tuple[Path, CompletedProcess[str], list[dict[str, Any]]],
) -> None:
    (told,) = paged[2]
    assert (told["event"], told["dag"], told["task"], told["exit_code"]) == ("failed", "nightly", "await_receipts", 3)
    assert "Nothing accepted of transactions__purchase of 1998-06-30" in told["message"]


def test_each_dag_of_a_run_leaves_a_summary(
    empty_home: tuple[Path, CompletedProcess[str]],
) -> None:
    found = [json.loads(path.read_text()) for path in (empty_home[0] / "runs").glob("*/summary.json")]
    assert {summary["dag"]: summary["state"] for summary in found} == {
        "land_crm": "well so far",
        "land_transactions": "well so far",
        "land_web": "well so far",
        "nightly": "failed",
    }
    (night,) = [summary for summary in found if summary["dag"] == "nightly"]
    assert night["told"][0]["exit_code"] == 3 and night["publication_id"] == ""
    landed = next(summary for summary in found if summary["dag"] == "land_transactions")
    assert [task["task"] for task in landed["tasks"]] == ["land files", "gate rows"]
    assert landed["tasks"][0]["outcome"]["source"] == "transactions"


def test_a_night_outside_the_life_of_its_sources_is_refused_before_airflow_starts(tmp_path: Path) -> None:
    refused = regulars("run", "--business-date", "2020-01-01", home=tmp_path, world=WORLD)
    assert refused.returncode == 2
    assert "There is no night 2020-01-01" in refused.stderr and "1997-01-01 until 1998-06-30" in refused.stderr
    assert not (tmp_path / "airflow").exists()


def test_a_fault_of_the_program_is_told_once_without_waiting_for_retries(home: Path) -> None:
    began = time.monotonic()
    failed = regulars("run", home=home, world=WORLD, REGULARS_FAILPOINT="land.after_raw_stored:raise")
    assert time.monotonic() - began < 55, "two retries would wait 60 seconds"
    assert failed.returncode == 1
    said = [line for line in failed.stderr.splitlines() if "land_transactions · land files" in line]
    assert said == ["Error: land_transactions · land files: Unexpected RuntimeError"]
    assert "Traceback" not in failed.stderr


def test_training_in_process_replaces_a_worse_champion_without_waiting_for_anybody(
    cdnow_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(cdnow_home, home, symlinks=True)
    worse, better = plant_worse_champion(home / "models", "ltv")
    # The forecast takes longest to train, and is weighed against nobody here.
    shutil.copytree(config.CONF, tmp_path / "conf")
    shutil.rmtree(tmp_path / "conf" / "models" / "log")
    script = (
        "from regulars import config, in_process; home = config.home(); "
        "in_process.run_dag(home, in_process.load_dags(home)['retrain_models'], {})"
    )
    settings = {"REGULARS_HOME": str(home), "REGULARS_WORLD": WORLD, "REGULARS_IDENTIFIER_KEY": IDENTIFIER_KEY}
    settings["REGULARS_CONF"] = str(tmp_path / "conf")
    ended = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    listed = json.loads(regulars("model", "list", "ltv", "--json", home=home, world=WORLD).stdout)
    assert {row["version"]: row["is_champion"] for row in listed} == {better: True, worse: False}
    (compared,) = json.loads(regulars("model", "compare", "ltv", better, "--json", home=home, world=WORLD).stdout)
    scorers = compared["comparison"]["scorers"]
    assert scorers["challenger"]["figure"] > max(scorers["champion"]["figure"], scorers["baseline"]["figure"])
    refused = regulars("model", "promote", "ltv", worse, home=home, world=WORLD)
    assert refused.returncode == 4 and "--reason TEXT" in refused.stderr and "Traceback" not in refused.stderr
    back = json.loads(regulars("model", "rollback", "ltv", "--json", home=home, world=WORLD).stdout)
    assert (back["version"], back["previous"], back["action"]) == (worse, better, "rollback")
    assert Registry(home / "models").history("ltv")[-1] == {key: back[key] for key in back if key != "model"}


def test_a_killed_run_is_failed_by_the_next_one(home: Path) -> None:
    killed = regulars("run", home=home, world=WORLD, REGULARS_FAILPOINT="land.after_raw_stored:kill")
    assert killed.returncode == -9
    assert unfinished_runs(home) == ["land_transactions"]
    for broken in (home / "inbox" / "transactions").glob("*"):
        broken.write_bytes(gzip.compress(b"not,what,was,agreed\n"))
    again = regulars("run", home=home, world=WORLD)
    assert again.returncode == 3, again.stderr
    assert unfinished_runs(home) == []


_VERSIONS = """
import json
from airflow.api_fastapi.execution_api import versions
from airflow.sdk.api.datamodels._generated import API_VERSION
from airflow.sdk.execution_time.supervisor import in_process_api_server
from regulars import config, in_process

airflows = [version.value for version in versions.bundle.versions]
in_process.load_dags(config.home())
app = in_process_api_server().app
app._cadwyn_initialize()
print(json.dumps([airflows, sorted(app.router.versioned_routers), API_VERSION]))
"""


def test_a_task_in_process_has_an_api_of_the_one_version_it_speaks(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", _VERSIONS],
        env={**os.environ, "REGULARS_HOME": str(tmp_path), "REGULARS_WORLD": WORLD},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    airflows, ours, spoken = json.loads(said.splitlines()[-1])
    assert len(airflows) > 1, "Airflow makes one version only: `in_process._speak_one_version` is no longer needed"
    assert ours == [spoken]
