"""Retraining in a real Airflow: unasked at first; then a person does not answer, or approves on the page.

`make airflow-check` runs them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ml.registry.store import Registry
from tests.dags.browser import PATIENCE_MS, logged_in
from tests.dags.planted import plant_worse_champion
from tests.dags.standalone import Standalone

pytestmark = [pytest.mark.week, pytest.mark.browser, pytest.mark.xdist_group("approval"), pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def airflow(cdnow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """Airflow on a home with a finished night and no champion."""
    home = tmp_path_factory.mktemp("approval") / "home"
    shutil.copytree(cdnow_home, home, symlinks=True, ignore=shutil.ignore_patterns("airflow", "models"))
    with Standalone(home) as running:
        running.unpause("retrain_models")
        yield running


@pytest.fixture(scope="module")
def first(airflow: Standalone) -> dict[str, Any]:
    """The first training."""
    (run,) = airflow.run("retrain_models")
    return run


@pytest.fixture(scope="module")
def versions(airflow: Standalone, first: dict[str, Any]) -> tuple[str, str]:
    """The champion one would want to replace, and the version that training finds again."""
    assert first["state"] == "success"
    return plant_worse_champion(airflow.home / "models", "churn")


@pytest.fixture(scope="module")
def page(airflow: Standalone) -> Iterator[Page]:
    with logged_in(airflow) as page:
        yield page


def champion(airflow: Standalone) -> dict[str, Any]:
    entry = Registry(airflow.home / "models").pointer("churn")
    assert entry is not None
    return entry


def states(airflow: Standalone, run: dict[str, Any]) -> dict[str, str]:
    return {task["task_id"]: task["state"] for task in airflow.tasks(run)}


def test_a_first_champion_needs_nobodys_approval(airflow: Standalone, first: dict[str, Any]) -> None:
    found = states(airflow, first)
    assert {task for task, state in found.items() if state != "success"} == {"approve", "promote"}, found
    assert champion(airflow)["previous"] is None


def test_without_an_answer_in_time_the_champion_stays_and_nothing_turns_red(
    airflow: Standalone, versions: tuple[str, str], page: Page
) -> None:
    worse, _ = versions
    asked = airflow.asked("retrain_models")
    airflow.let_deadline_pass(asked, "approve")
    run = airflow.ended("retrain_models", asked["dag_run_id"])
    found = states(airflow, run)
    assert (run["state"], found["approve"], found["promote"]) == ("success", "success", "skipped")
    assert champion(airflow)["version"] == worse
    page.goto(f"{airflow.address}/dags/retrain_models/runs/{run['dag_run_id']}/tasks/approve/required_actions")
    expect(page.get_by_text("Response received at")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_disabled()


def test_a_person_who_approves_on_the_page_lets_the_better_model_score(
    airflow: Standalone, versions: tuple[str, str], page: Page
) -> None:
    worse, better = versions
    asked = airflow.asked("retrain_models")
    page.goto(f"{airflow.address}/required_actions")
    waiting = page.get_by_role("row").filter(has_text="Approval Required")
    waiting.get_by_text("Let the challengers score from the next night on?").click()
    page.get_by_role("heading", name="churn").wait_for()
    shown = [row.inner_text().split("\t")[:2] for row in page.locator("table:has-text('challenger') tr").all()]
    expected = [["scorer", "version"], ["challenger", better], ["champion", worse], ["baseline", "recency rule"]]
    assert shown == expected
    expect(page.get_by_text("or no answer for 3 days: every champion stays")).to_be_visible()
    assert champion(airflow)["version"] == worse
    page.get_by_role("button", name="Approve", exact=True).click()
    run = airflow.ended("retrain_models", asked["dag_run_id"])
    assert run["state"] == "success"
    entry = champion(airflow)
    assert (entry["version"], entry["previous"]) == (better, worse)
    assert entry["reason"] == f"approved in Airflow, {run['dag_run_id']}"


def test_the_form_of_a_backfill_says_how_many_nights_it_starts_and_starts_them(airflow: Standalone, page: Page) -> None:
    page.goto(f"{airflow.address}/dags/nightly")
    page.get_by_role("button", name="Trigger").first.click()
    page.get_by_text("Run this Dag for a range of dates").click()
    for place, day, hour in ((0, "1998/06/28", "00:00"), (1, "1998/06/29", "23:59")):
        page.get_by_test_id("datetime-input").nth(place).click()
        page.get_by_placeholder("YYYY/MM/DD").locator("visible=true").fill(day)
        page.get_by_placeholder("HH:mm").locator("visible=true").fill(hour)
        page.keyboard.press("Escape")
        expect(page.get_by_placeholder("YYYY/MM/DD").locator("visible=true")).to_have_count(0)
    expect(page.get_by_text("2 runs will be triggered.")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("In a backfill leave it empty: each run has its own day.")).to_be_visible()
    page.get_by_role("button", name="Run Backfill").click()
    started = airflow.backfilled("nightly", 2)
    assert [run["logical_date"][:10] for run in started] == ["1998-06-28", "1998-06-29"]
