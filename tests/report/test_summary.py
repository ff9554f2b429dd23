"""The lines at the end of a run."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from regulars import warehouse
from regulars.report import facts
from regulars.report.summary import summary_lines
from regulars.report.wording import count, money
from tests.report.small_candidate import ORDERS, SCORES, WORLD, make_candidate


def lines_of(folder: Path) -> list[str]:
    with warehouse.candidate(folder, read_only=True) as connection:
        return summary_lines(connection, WORLD)


def test_the_summary_says_what_sql_says(candidate: Path) -> None:
    lines = lines_of(candidate)
    with warehouse.candidate(candidate, read_only=True) as connection:
        revenue = connection.execute("select sum(net_revenue) from marts.fct_order").fetchone()[0]
        calls = connection.execute(
            "select count(*) from marts.segment_membership where segment_id = 'worth_a_call'"
        ).fetchone()[0]
    text = "\n".join(lines)
    assert f"400 customers · 4,000 orders · {money(revenue, 'USD')} · 133 with a CRM record" in lines
    assert "quarantined 15, duplicates 3" in text
    assert f"Worth a call: {count(calls)} high-value customers likely to leave" in text
    assert "Churn AUC 0.883 (recency rule 0.861)" in text
    assert "measured over the 28 days from 4 December 2017, 389 customers who had ordered" in text
    assert "Records joined, by labelled pairs: precision 0.990 · recall 0.900 · F1 0.943" in lines
    assert "app (event)" in text
    assert "SIMULATED" in lines[0]
    assert len(lines) <= 25


def test_the_baseline_is_named_when_it_is_in_use(tmp_path: Path) -> None:
    folder = make_candidate(tmp_path / "n", ORDERS, SCORES, "update marts.customer_score set is_baseline = true")
    assert "Churn is scored by the recency rule: no trained model beats it yet" in lines_of(folder)
    assert not any("AUC" in line for line in lines_of(folder))


def test_an_empty_night_is_summed_up_without_failing(tmp_path: Path) -> None:
    assert "0 customers · 0 orders · $0 · 0 with a CRM record" in lines_of(make_candidate(tmp_path / "n"))


def test_a_published_file_gives_the_same_lines_as_its_candidate(candidate: Path) -> None:
    with warehouse.published(candidate / "regulars.duckdb") as connection:
        assert summary_lines(connection, WORLD) == lines_of(candidate)


def test_five_names_are_shown_most_revenue_first(tmp_path: Path) -> None:
    names = (
        "insert into marts.customer_rfm by name "
        "select i as customer_id, i * 10 as net_revenue, 'Name ' || i as rfm_segment from range(1, 9) as r (i)"
    )
    folder = make_candidate(tmp_path / "n", names)
    shown = [line.split(":")[0] for line in lines_of(folder) if line.startswith("Name ")]
    assert shown == ["Name 8", "Name 7", "Name 6", "Name 5", "Name 4"]
    with warehouse.candidate(folder, read_only=True) as connection:
        assert facts.rfm_segments(connection)[0]["net_revenue"] == Decimal(80)


def test_a_world_that_is_real_is_not_called_simulated(candidate: Path) -> None:
    with warehouse.candidate(candidate, read_only=True) as connection:
        assert "SIMULATED" not in "\n".join(summary_lines(connection, replace(WORLD, is_simulated=False)))
