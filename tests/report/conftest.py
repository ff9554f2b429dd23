"""The small candidate, its page, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from regulars.report.page import write_report
from tests.report.small_candidate import CLUSTERS, OPERATIONS, ORDERS, SCORES, SEGMENTS, WORLD, make_candidate

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A candidate with 400 customers, hostile names, an absent source, one expectation that does not hold."""
    folder = tmp_path_factory.mktemp("report") / "2017-12-31"
    return make_candidate(folder, ORDERS, SCORES, CLUSTERS, SEGMENTS, OPERATIONS)


@pytest.fixture(scope="session")
def page_file(candidate: Path) -> Path:
    """The page of that candidate."""
    return write_report(candidate, WORLD)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium that asks nobody for anything."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
        )
        yield opened
        opened.close()
