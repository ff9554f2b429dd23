"""What the page says of shifts is what the marts say, in words; a quiet night says that it is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars.report.page import write_report
from tests.report.small_candidate import OPERATIONS, ORDERS, SCORES, SCRIPT_NAME, SEGMENTS, WORLD, make_candidate
from tests.report.test_page import Page
from tests.report.test_summary import lines_of


def page_of(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def section_of(page: Page) -> str:
    return " ".join(page.texts)


def test_what_shifted_and_who_moved_stand_in_tables(page_file: Path) -> None:
    page = page_of(page_file)
    shifted = page.tables["Figures beyond their bounds"]
    assert [row[0] for row in shifted[1:]] == ["orders <b>are</b> few", "scores: PSI 0.12"]
    assert [row[3] for row in shifted[1:]] == ["a broken source", "a change of customers or season"]
    moved = page.tables["The ways most customers went, since the publication before"]
    assert [(row[0], row[1]) for row in moved[1:]] == [("Lost", SCRIPT_NAME), ("New", "Lost")]
    counted = '<data value="19">19</data> of <data value="119">119</data> customers have another RFM name'
    assert counted in page_file.read_text(encoding="utf-8")


def test_an_alarm_about_the_coming_season_looks_like_no_change_of_customers(tmp_path: Path) -> None:
    season = "update marts.drift set what = 'season', is_break = false where state = 'alarm'"
    folder = make_candidate(tmp_path / "n", ORDERS, SCORES, SEGMENTS, OPERATIONS, season)
    shifted = page_of(write_report(folder, WORLD)).tables["Figures beyond their bounds"]
    assert [row[3] for row in shifted[1:]] == ["a season nobody has seen yet", "a change of customers or season"]


def test_an_alarm_is_one_of_the_lines_a_run_ends_with(candidate: Path) -> None:
    assert "In alarm: orders <b>are</b> few" in lines_of(candidate)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("delete from marts.drift where state <> 'ok'", "none has shifted"),
        ("delete from marts.drift", "There is nothing yet to hold this night against"),
        ("update marts.drift set what = 'reference', state = 'unwatched'", "nothing can be said of its inputs"),
    ],
)
def test_a_night_without_a_shift_says_so(tmp_path: Path, change: str, said: str) -> None:
    folder = make_candidate(tmp_path / "n", ORDERS, SCORES, SEGMENTS, OPERATIONS, change)
    page = page_of(write_report(folder, WORLD))
    assert said in section_of(page) and "Figures beyond their bounds" not in page.tables
    assert not any(line.startswith("In alarm") for line in lines_of(folder))
