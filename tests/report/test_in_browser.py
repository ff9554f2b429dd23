"""The page as a reader sees it, in headless Chromium, opened from disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.report.small_candidate import IMAGE_NAME, SCRIPT_NAME

pytestmark = pytest.mark.browser
CHARTS = 20


@dataclass
class Reader:
    """A tab, and what it complained of or asked for."""

    tab: Tab
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def read(browser: Browser, page_file: Path) -> Iterator[Callable[..., Reader]]:
    """Open the page with the given width, height and colour scheme, and wait for its charts."""
    opened: list[Tab] = []

    def open_page(width: int = 1280, color_scheme: Any = "light") -> Reader:
        tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=color_scheme)
        opened.append(tab)
        reader = Reader(tab)
        tab.on("console", lambda message: reader.complaints.append(message.text))
        tab.on("pageerror", lambda error: reader.complaints.append(str(error)))
        tab.on("dialog", lambda dialog: (reader.complaints.append(dialog.message), dialog.dismiss()))
        tab.on("request", lambda request: reader.requests.append(request.url))
        tab.goto(page_file.as_uri())
        tab.wait_for_function(f"document.querySelectorAll('.chart svg').length === {CHARTS}")
        return reader

    yield open_page
    for tab in opened:
        tab.close()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_page_draws_its_charts_without_a_complaint_or_a_request(
    read: Callable[..., Reader], page_file: Path, color_scheme: str
) -> None:
    reader = read(color_scheme=color_scheme)
    assert reader.complaints == []
    assert reader.requests == [page_file.as_uri()]
    assert reader.tab.locator(".chart svg .mark-rect path").count() > 20


def test_hostile_names_are_shown_literally_in_text_chart_and_tooltip(read: Callable[..., Reader]) -> None:
    reader = read()
    assert reader.tab.get_by_text(SCRIPT_NAME, exact=True).first.is_visible()
    assert reader.tab.get_by_role("heading", name=IMAGE_NAME).is_visible()
    reader.tab.locator("#rfm-chart svg .mark-rect path").nth(1).hover()
    tooltip = reader.tab.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    assert SCRIPT_NAME in tooltip.inner_text()
    assert reader.complaints == []
    assert reader.tab.locator("img").count() == 0


@pytest.mark.parametrize("width", [320, 375, 768])
def test_a_narrow_screen_needs_no_sideways_scrolling(read: Callable[..., Reader], width: int) -> None:
    tab = read(width=width).tab
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    widest = tab.evaluate(
        "Math.max(...[...document.querySelectorAll('.chart svg')].map(one => one.getBoundingClientRect().right))"
    )
    assert widest <= width


def test_charts_follow_the_window(read: Callable[..., Reader]) -> None:
    tab = read(width=1280).tab
    tab.set_viewport_size({"width": 375, "height": 800})
    tab.wait_for_function("document.querySelector('#rfm-chart svg').getBoundingClientRect().width <= 375")


def test_dark_and_light_differ_and_charts_follow(read: Callable[..., Reader]) -> None:
    seen = {
        scheme: read(color_scheme=scheme).tab.evaluate(
            "[getComputedStyle(document.body).backgroundColor,"
            " getComputedStyle(document.querySelector('#rfm-chart .mark-rect path')).fill,"
            " getComputedStyle(document.querySelector('#rfm-chart .mark-text text')).fill]"
        )
        for scheme in ("light", "dark")
    }
    assert all(light != dark for light, dark in zip(seen["light"], seen["dark"], strict=True))


@pytest.mark.parametrize(("width", "color_scheme"), [(1280, "light"), (1280, "dark"), (375, "light")])
def test_axe_finds_no_violation(read: Callable[..., Reader], width: int, color_scheme: str) -> None:
    tab = read(width=width, color_scheme=color_scheme).tab
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    spec = find_spec("axe_playwright_python")
    assert spec is not None and spec.origin is not None
    tab.evaluate((Path(spec.origin).parent / "axe.min.js").read_text())
    found = tab.evaluate("axe.run().then(outcome => outcome.violations)")
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []


def test_the_keyboard_reaches_the_figures_every_table_and_every_detail(read: Callable[..., Reader]) -> None:
    tab = read(width=375).tab
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the figures"
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.hash") == "#glance"
    wanted = tab.locator("main .scroll:visible, main summary, footer summary").count()
    reached = set()
    for _ in range(wanted + 20):
        tab.keyboard.press("Tab")
        if mark := tab.evaluate(
            "(e => e.matches('.scroll, summary') && (e.ariaLabel || e.textContent))(document.activeElement)"
        ):
            reached.add(mark)
            assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert len(reached) >= len(
        set(tab.locator("main .scroll:visible").evaluate_all("all => all.map(e => e.ariaLabel)"))
    )
    tab.locator("summary", has_text="All cut-offs").press("Enter")
    assert tab.get_by_text("What earned each score, 365 days").is_visible()


def test_the_page_says_its_language_and_every_chart_what_it_shows(read: Callable[..., Reader]) -> None:
    tab = read().tab
    assert tab.evaluate("document.documentElement.lang") == "en"
    told = tab.locator(".chart").evaluate_all("all => all.map(e => [e.getAttribute('role'), e.ariaLabel])")
    assert len(told) == CHARTS
    assert all(role == "img" and "table below" in label for role, label in told)


def test_without_scripts_every_figure_is_still_there(browser: Browser, page_file: Path) -> None:
    tab = browser.new_page(java_script_enabled=False)
    tab.goto(page_file.as_uri())
    assert tab.get_by_text("Named segments, 365 days").is_visible()
    assert tab.locator("data").count() > 100
    tab.close()
