"""The page as a file: its figures are those of SQL, its names are text, its bytes follow from the marts alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from regulars import warehouse
from regulars.errors import RegularsError
from regulars.failpoint import VARIABLE
from regulars.report.page import write_report
from tests.report.small_candidate import (
    CLUSTERS,
    IMAGE_NAME,
    OPERATIONS,
    ORDERS,
    SCORES,
    SCRIPT_NAME,
    SEGMENTS,
    WORLD,
    make_candidate,
)


class Page(HTMLParser):
    """Text and exact figures of a page, tables by caption, everything that names an address or carries code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.texts: list[str] = []
        self._caption: list[str] | None = None
        self._cell: list[str] | None = None
        self._rows: list[list[str]] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in {"td", "th"}:
            self._cell = []
        elif tag == "caption":
            self._caption = []
        elif tag == "data" and self._cell is not None:
            self._cell.append(f"={dict(attrs)['value']} ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"} and self._cell is not None:
            self._rows[-1].append("".join(self._cell).strip())
            self._cell = None
        elif tag == "caption" and self._caption is not None:
            self.tables["".join(self._caption)] = self._rows
            self._caption = None

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in {"script", "style"} and not data.strip().startswith("<"):
            return
        self.texts.append(data)
        for part in (self._cell, self._caption):
            if part is not None:
                part.append(data)

    def figures(self, caption_part: str) -> dict[str, list[str]]:
        """Exact values of a table by the text of its first cell."""
        rows = next(rows for caption, rows in self.tables.items() if caption_part in caption)
        return {
            row[0]: [found[1] for cell in row[1:] if (found := re.match(r"=(\S+) ", cell))] for row in rows[1:] if row
        }


@pytest.fixture(scope="module")
def page(page_file: Path) -> Page:
    return Page(page_file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def connection(candidate: Path) -> Iterator[Any]:
    with warehouse.candidate(candidate, read_only=True) as opened:
        yield opened


def exact(connection: Any, sql: str) -> dict[str, list[str]]:
    return {str(key): [str(value) for value in rest] for key, *rest in connection.execute(sql).fetchall()}


def test_named_segments_equal_sql(page: Page, connection: Any) -> None:
    shown = {key: [row[0], row[2]] for key, row in page.figures("Named segments").items()}
    assert shown == exact(
        connection, "select rfm_segment, count(*), sum(net_revenue) from marts.customer_rfm group by all"
    )


def test_the_ledger_equals_the_mart(page: Page, connection: Any) -> None:
    shown = {
        key.removesuffix(" (optional)"): figures for key, figures in page.figures("Rows by source").items() if figures
    }
    columns = "deliveries, repeated_deliveries, read_rows, accepted_rows, quarantined_rows, duplicate_rows, lost_rows"
    assert shown == exact(
        connection, f"select source || ' ' || entity, {columns} from marts.source_ledger where deliveries > 0"
    )


def test_the_cleaning_log_equals_the_mart(page: Page, connection: Any) -> None:
    assert page.figures("Rows kept apart, merged, not read twice or flagged for review, and why") == exact(
        connection, "select source || ' ' || entity, rows from marts.cleaning_log"
    )


def test_the_first_calls_equal_the_scores(page: Page, connection: Any) -> None:
    shown = page.figures("The first 10")
    assert len(shown) == 10
    amounts = exact(connection, "select customer_id, amount from marts.customer_score where model = 'ltv'")
    assert all(figures[0] == amounts[customer][0] for customer, figures in shown.items())


def test_quality_stands_beside_the_baseline_with_horizon_and_population(page: Page) -> None:
    shown = page.figures("Likely to leave: 28 days from 4 December 2017, 389 customers with an order before")
    assert shown["ROC-AUC"] == ["0.8831", "0.8612"]
    assert page.figures("Expected to spend: 28 days")["Normalised Gini"] == ["0.8312", "0.8011"]


def test_each_measured_night_is_a_row_with_the_version_that_scored_it(page: Page) -> None:
    rows = next(
        rows for caption, rows in page.tables.items() if caption == "Likely to leave, published scores by night"
    )
    assert [row[:2] for row in rows[1:]] == [
        ["3 November 2017", "b1b2c3d4e5f6"],
        ["2 November 2017", "a1b2c3d4e5f6"],
        ["1 November 2017", "recency_rule"],
    ]
    assert page.figures("published scores by night")["2 November 2017"] == ["380", "0.84", "0.02"]
    assert "Expected to spend, published scores by night" not in page.tables
    assert "No published score has come of age yet" in " ".join(page.texts)


def test_the_curve_ends_with_everybody_and_only_churn_has_one(page: Page) -> None:
    curve = page.figures("Precision and recall, 28 days")
    assert list(curve) == [str(decile) for decile in range(10, 0, -1)]
    recall = [float(figures[1]) for figures in curve.values()]
    assert recall == sorted(recall) and recall[-1] == 1
    precision = [float(figures[0]) for figures in curve.values()]
    assert precision == sorted(precision, reverse=True)
    assert sum("Precision and recall" in caption for caption in page.tables) == 1


def test_a_rule_that_scores_says_why(page: Page) -> None:
    assert "champion x was <trained> on other columns" in " ".join(page.texts)


@pytest.mark.parametrize("caption", ["Lift, 28 days", "Share who left, 28 days", "Net revenue per customer, 28 days"])
def test_each_model_chart_has_its_table_of_ten_tenths(page: Page, caption: str) -> None:
    assert list(page.figures(caption)) == [str(decile) for decile in range(10, 0, -1)]


def test_segments_equal_sql(page_file: Path, connection: Any) -> None:
    cards = re.findall(r"<article aria-labelledby=\"segment-.*?</article>", page_file.read_text(), re.S)
    found = connection.execute(
        "select segment_id, count(m.customer_id), coalesce(sum(r.net_revenue), 0)::decimal(18, 2) "
        "from marts.dim_segment left join marts.segment_membership as m using (segment_id) "
        "left join marts.customer_rfm as r using (customer_id) group by segment_id"
    ).fetchall()
    assert len(cards) == len(found)
    for segment_id, customers, revenue in found:
        card = next(card for card in cards if f"regulars segment export {segment_id}<" in card)
        assert re.findall(r'value="([^"]*)"', card)[:2] == [str(customers), str(revenue)]


def test_hostile_names_are_text_and_nothing_else(page: Page, page_file: Path) -> None:
    text = page_file.read_text(encoding="utf-8")
    assert SCRIPT_NAME not in text
    assert IMAGE_NAME not in text
    assert SCRIPT_NAME in page.texts
    assert any(IMAGE_NAME in piece for piece in page.texts)
    assert "Corner <Shop> & Sons" in page.texts


def test_nothing_on_the_page_points_outside(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form", "img"}
        assert not set(attributes) & {"src", "srcset", "style", "onclick", "onerror", "onload", "action"}
        assert attributes.get("href", "#").startswith("#")


def test_the_policy_lets_only_hashed_code_run(page: Page) -> None:
    policy = next(attributes["content"] for tag, attributes in page.tags if attributes.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_engine_is_inside_once_and_its_licences_with_it(page: Page, page_file: Path) -> None:
    scripts = [attributes for tag, attributes in page.tags if tag == "script" and "type" not in attributes]
    assert len(scripts) == 1
    assert page_file.stat().st_size < 1_500_000
    notices = "".join(page.texts)
    for part in (
        "vega-lite",
        "vega-embed",
        "Redistributions in binary form must reproduce",
        "University of Washington",
    ):
        assert part in notices


def test_the_page_says_simulated_only_where_it_is(candidate: Path, page: Page, tmp_path: Path) -> None:
    assert "SIMULATED" in page.texts
    folder = make_candidate(tmp_path / "n")
    assert "SIMULATED" not in write_report(folder, replace(WORLD, is_simulated=False)).read_text()


def test_absent_sources_and_missing_page_views_are_said(page: Page) -> None:
    text = " ".join(" ".join(page.texts).split())
    assert "absent: nothing has been delivered" in text
    assert "The web source has no page views." in text


def test_page_views_that_exist_are_not_denied(tmp_path: Path) -> None:
    folder = make_candidate(
        tmp_path / "n", OPERATIONS, "update marts.fct_event set event_name = 'Page Viewed' where customer_id < 9"
    )
    assert "no page views" not in write_report(folder, WORLD).read_text()


def test_the_baseline_in_use_is_said_plainly(page: Page) -> None:
    text = " ".join("".join(page.texts).split())
    assert text.count("The baseline is in use, not a learned model: last_period_revenue") == 1
    assert "A learned model is in use: version a1b2c3d4e5f6" in text


def test_the_same_marts_give_the_same_bytes(candidate: Path, page_file: Path, tmp_path: Path) -> None:
    again = make_candidate(tmp_path / "again", ORDERS, SCORES, CLUSTERS, SEGMENTS, OPERATIONS)
    assert write_report(again, WORLD).read_bytes() == page_file.read_bytes()


def test_an_empty_night_gives_an_honest_small_page(tmp_path: Path) -> None:
    text = write_report(make_candidate(tmp_path / "n"), WORLD).read_text()
    for said in (
        "No customer has ordered",
        "No segment is defined.",
        "Nothing has been measured yet",
        "Nothing: every row is used as it came.",
    ):
        assert said in text


def test_one_customer_alone_gives_a_page(tmp_path: Path) -> None:
    alone = "delete from marts.fct_order where customer_id > 1;"
    folder = make_candidate(
        tmp_path / "n", ORDERS.replace("insert into marts.dim_customer", f"{alone} insert into marts.dim_customer", 1)
    )
    assert "Named segments" in write_report(folder, WORLD).read_text()


def test_another_world_gets_commands_that_name_it(page_file: Path) -> None:
    assert "REGULARS_WORLD=corner_shop regulars segment export pilot_group" in page_file.read_text()


def test_a_page_that_breaks_off_leaves_the_old_one_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_candidate(tmp_path / "n")
    before = write_report(folder, WORLD).read_bytes()
    with warehouse.candidate(folder) as opened:
        opened.execute("insert into marts.dim_customer (customer_id, has_crm_record) values (1, true)")
    monkeypatch.setenv(VARIABLE, "report.before_write:raise")
    with pytest.raises(RuntimeError):
        write_report(folder, WORLD)
    assert (folder / "report.html").read_bytes() == before
    monkeypatch.delenv(VARIABLE)
    assert write_report(folder, WORLD).read_bytes() != before
    assert sorted(path.name for path in folder.iterdir()) == ["regulars.duckdb", "report.html", "work.duckdb"]


def test_a_folder_without_a_candidate_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(RegularsError, match="There is no candidate"):
        write_report(tmp_path, WORLD)


def test_the_page_says_how_records_became_customers(page_file: Path) -> None:
    page = Page(page_file.read_text())
    assert [row[0] for row in page.tables["What joins records"][1:]] == ["same email", "likeness"]
    sizes = page.tables["Customers with more than one record"]
    assert [row[0] for row in sizes[1:]] == ["of 2 records", "of 10 records"]
    assert sizes[1][1] == "=48 48"
    told = " ".join(page.texts)
    assert "that are labelled" in told and "precision" in told
    refused = page.tables["What would have made one customer of many, and was not joined"]
    assert refused[1][0] == "<b>77</b>"


def test_without_labels_the_page_says_nothing_of_precision(tmp_path: Path) -> None:
    text = write_report(make_candidate(tmp_path / "n", ORDERS, SCORES), WORLD).read_text()
    assert "that are labelled" not in text
