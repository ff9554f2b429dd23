"""Chromium, logged in to a real Airflow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from tests.dags.standalone import Standalone

PATIENCE_MS = 60_000


@contextmanager
def logged_in(airflow: Standalone) -> Iterator[Page]:
    """A page of a browser in which the user admin has logged in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1100})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{airflow.address}/")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", airflow.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{airflow.address}/")
        yield page
        browser.close()
