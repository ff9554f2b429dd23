"""Figures of a small candidate, counted a second time by other SQL or by hand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median_low
from typing import Any

import pytest

from regulars import warehouse
from regulars.report import facts, scores
from tests.report.small_candidate import SCRIPT_NAME, make_candidate


@pytest.fixture(scope="module")
def connection(candidate: Path) -> Iterator[Any]:
    with warehouse.candidate(candidate, read_only=True) as opened:
        yield opened


def one(connection: Any, sql: str) -> Any:
    return connection.execute(sql).fetchone()[0]


def test_the_headline_counts_customers_orders_and_revenue(connection: Any) -> None:
    found = facts.headline(connection)
    assert found["customers"] == 400
    assert found["orders"] == one(connection, "select count(distinct order_id) from marts.fct_order")
    assert found["net_revenue"] == sum(
        row[0] for row in connection.execute("select net_revenue from marts.fct_order").fetchall()
    )
    assert isinstance(found["net_revenue"], Decimal)


def test_an_order_at_or_after_as_of_is_not_counted(tmp_path: Path) -> None:
    folder = make_candidate(
        tmp_path / "night",
        "insert into marts.customer_features by name select 1 as customer_id, timestamp '2018-01-01 05:00' as as_of",
        "insert into marts.fct_order by name select * from (values "
        "('before', timestamp '2018-01-01 04:59:59.999999', 2.50), ('at', timestamp '2018-01-01 05:00', 7)"
        ") as placed (order_id, ordered_at, net_revenue)",
    )
    with warehouse.candidate(folder, read_only=True) as opened:
        found = facts.headline(opened)
    assert (found["orders"], found["net_revenue"]) == (1, Decimal("2.50"))


def test_names_of_rfm_share_all_customers_and_all_revenue(connection: Any) -> None:
    found = facts.rfm_segments(connection)
    assert sum(row["customers"] for row in found) == one(connection, "select count(*) from marts.customer_rfm")
    assert sum(row["net_revenue"] for row in found) == facts.headline(connection)["net_revenue_365d"]
    assert sum(row["revenue_share"] for row in found) == pytest.approx(1, abs=1e-5)
    assert SCRIPT_NAME in {row["rfm_segment"] for row in found}
    assert [row["net_revenue"] for row in found] == sorted((row["net_revenue"] for row in found), reverse=True)


def test_the_typical_customer_of_a_segment_is_the_median_of_members_who_ordered(connection: Any) -> None:
    champions = next(row for row in facts.segments(connection) if row["segment_id"] == "rfm_champions")
    members = connection.execute(
        "select days_since_last_order, orders, net_revenue from marts.customer_rfm where rfm_segment = 'Champions'"
    ).fetchall()
    assert champions["customers"] == champions["buyers_365d"] == len(members)
    assert champions["net_revenue_365d"] == sum(member[2] for member in members)
    typical = ("median_days_since_last_order", "median_orders_365d", "median_net_revenue_365d")
    assert [champions[name] for name in typical] == [median_low(column) for column in zip(*members, strict=True)]


def test_a_segment_without_members_has_no_typical_customer(connection: Any) -> None:
    nobody = next(row for row in facts.segments(connection) if row["segment_id"] == "nobody")
    assert (nobody["customers"], nobody["net_revenue_365d"]) == (0, Decimal("0.00"))
    assert nobody["median_orders_365d"] is None


def test_overlap_is_the_part_of_the_first_segment_that_is_also_in_the_other(connection: Any) -> None:
    members: dict[str, set[int]] = {}
    for customer_id, segment_id in connection.execute(
        "select customer_id, segment_id from marts.segment_membership"
    ).fetchall():
        members.setdefault(segment_id, set()).add(customer_id)
    found = facts.overlaps(connection)
    assert found
    for row in found:
        shared = members[row["segment_id"]] & members[row["other_id"]]
        assert row["customers"] == len(shared)
        assert row["share"] == pytest.approx(len(shared) / len(members[row["segment_id"]]), abs=1e-6)


def test_no_segment_names_more_than_three_others(connection: Any) -> None:
    others = [row["segment_id"] for row in facts.overlaps(connection, most=1)]
    assert len(others) == len(set(others))


def test_the_ledger_balances_and_shows_the_absent_source(connection: Any) -> None:
    found = facts.ledger(connection)
    for row in found:
        kept = row["accepted_rows"] + row["quarantined_rows"] + row["duplicate_rows"] + row["lost_rows"]
        assert row["read_rows"] == kept
    assert [row["source"] for row in found if not row["deliveries"]] == ["app"]
    assert facts.ledger_total(connection)["quarantined_rows"] == 15


def test_expectations_that_do_not_hold_come_first(connection: Any) -> None:
    held = [row["success"] for row in facts.gates(connection)]
    assert held == sorted(held)
    counts = facts.gate_counts(connection)
    assert (counts["expectations"], counts["held"], counts["critical"], counts["warnings"]) == (3, 2, 0, 1)
    assert sum(row["expectations"] for row in facts.gates_by_name(connection)) == 3


def test_the_tenths_together_catch_everything(connection: Any) -> None:
    for model in ("churn", "ltv"):
        for scorer in ("model", "baseline"):
            caught = [
                row["caught"] for row in scores.lift(connection) if (row["model"], row["scorer"]) == (model, scorer)
            ]
            assert len(caught) == 10
            assert sum(caught) == pytest.approx(1, abs=1e-3)


def test_the_first_calls_are_members_with_the_greatest_expected_revenue(connection: Any) -> None:
    members = one(connection, "select count(*) from marts.segment_membership where segment_id = 'worth_a_call'")
    found = scores.first_calls(connection, most=members)
    assert len(found) == members == scores.worth_a_call(connection)["customers"]
    amounts = [row["expected_net_revenue"] for row in found]
    assert amounts == sorted(amounts, reverse=True)
    assert sum(row["net_revenue_365d"] for row in found) == scores.worth_a_call(connection)["net_revenue_365d"]


def test_nobody_is_worth_a_call_where_the_segment_is_not_defined(tmp_path: Path) -> None:
    folder = make_candidate(tmp_path / "night")
    with warehouse.candidate(folder, read_only=True) as opened:
        assert scores.worth_a_call(opened) is None
        assert scores.first_calls(opened) == []
