"""What a person sees who opens Airflow: the night, its documentation, and a form that explains itself and refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.dags.browser import PATIENCE_MS, logged_in
from tests.dags.standalone import Standalone

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.browser,
    pytest.mark.xdist_group("airflow"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def page(airflow: Standalone) -> Iterator[Page]:
    """The page of the DAG `nightly`, logged in."""
    with logged_in(airflow) as page:
        page.goto(f"{airflow.address}/dags/nightly")
        yield page


@pytest.fixture(scope="module")
def form(page: Page) -> Page:
    """The opened form that starts a run."""
    page.get_by_role("button", name="Trigger").first.click()
    page.locator("[name=element_business_date]").wait_for()
    return page


def test_the_page_of_the_night_shows_its_steps_in_order(page: Page) -> None:
    expect(page.get_by_text("await_receipts").first).to_be_visible(timeout=PATIENCE_MS)
    shown = page.content()
    steps = ["await_receipts", "lay_out", "build_stage", "gate_profile", "score", "gate_segments", "publish"]
    assert [shown.index(f">{step}<") for step in steps] == sorted(shown.index(f">{step}<") for step in steps)


def test_the_documentation_says_what_to_do_when_the_night_is_red(page: Page) -> None:
    page.get_by_role("button", name="Dag Docs").click()
    expect(page.get_by_text("The log of the first red task says what is wrong")).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("Escape")
    expect(page.get_by_text("The log of the first red task")).to_be_hidden(timeout=PATIENCE_MS)


@pytest.mark.parametrize(
    ("title", "explained"),
    [
        ("Business date", "The day to run for, in UTC. Left empty: 1998-06-30. In a backfill leave it empty"),
        ("Full rebuild", "Build although nothing has changed."),
        ("Reason", "Why you start this run; kept with it."),
    ],
)
def test_the_form_explains_every_field(form: Page, title: str, explained: str) -> None:
    expect(form.get_by_text(title, exact=False).first).to_be_visible()
    expect(form.get_by_text(explained)).to_be_visible()


def test_an_untouched_form_can_be_sent(form: Page) -> None:
    expect(form.get_by_role("button", name="Trigger").last).to_be_enabled()


def test_a_reason_can_not_be_longer_than_what_is_kept(form: Page) -> None:
    reason = form.locator("[name=element_reason]")
    reason.fill("x" * 201)
    assert len(reason.input_value()) == 200
    reason.fill("")


def test_a_bad_date_is_refused_with_the_reason_and_starts_nothing(form: Page, airflow: Standalone) -> None:
    before = airflow.get("/dags/nightly/dagRuns?run_type=manual")["total_entries"]
    form.get_by_role("button", name="Advanced Options").click()
    form.locator(".monaco-editor").first.click()
    form.keyboard.press("Control+A")
    form.keyboard.press("Delete")
    form.keyboard.insert_text('{"business_date": "30.06.1998", "full_rebuild": false, "reason": null}')
    form.get_by_role("button", name="Run Parameters").click()
    form.get_by_role("button", name="Trigger").last.click()
    expect(form.get_by_text("'30.06.1998' is not a 'date'").first).to_be_visible(timeout=PATIENCE_MS)
    assert airflow.get("/dags/nightly/dagRuns?run_type=manual")["total_entries"] == before
