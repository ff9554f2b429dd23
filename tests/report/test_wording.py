"""How figures and rules are written."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.report import wording

NIGHT = {"currency": "USD", "overdue_times_median_gap": 3, "overdue_at_least_days": 90}
CUT_OFFS = [
    {"measure": measure, "score": score, "lower_bound": Decimal(low), "upper_bound": Decimal(high), "customers": 10}
    for measure, score, low, high in [
        ("r", 5, 0, 2),
        ("r", 4, 3, 8),
        ("r", 1, 90, 300),
        ("f", 2, 3, 5),
        ("f", 3, 6, 9),
        ("m", 5, "1628.58", "24879.75"),
    ]
]


def name(**bounds: Any) -> dict[str, Any]:
    anything = dict.fromkeys(
        ("r_min", "r_max", "f_min", "f_max", "m_min", "m_max", "first_order_max_days", "is_overdue")
    )
    return {**anything, **bounds}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (wording.count(155848), "155,848"),
        (wording.count(None), "–"),
        (wording.percent(0.374), "37.4 %"),
        (wording.percent(0.0004), "< 0.1 %"),
        (wording.percent(0.004, 0), "< 1 %"),
        (wording.percent(0), "0.0 %"),
        (wording.percent(-0.0223), "−2.2 %"),
        (wording.money(Decimal("4596039.58"), "USD"), "$4,596,040"),
        (wording.money(Decimal("-0.5"), "USD", 2), "−$0.50"),
        (wording.money(Decimal("12"), "CHF"), "CHF 12"),
        (wording.short_money(Decimal("4596039.58"), "USD"), "$4.60 M"),
        (wording.short_money(Decimal("75046.10"), "USD"), "$75,046"),
        (wording.decimals(0.8809), "0.881"),
        (wording.day(date(2017, 12, 31)), "31 December 2017"),
        (wording.plural(1, "day"), "1 day"),
        (wording.plural(2000, "day"), "2,000 days"),
        (wording.freshness(date(2017, 12, 31), date(2017, 12, 31)), "this night"),
        (wording.freshness(date(2017, 12, 29), date(2017, 12, 31)), "2 days earlier"),
    ],
)
def test_figures_are_written_with_separators_units_and_a_true_minus(written: str, expected: str) -> None:
    assert written == expected


@settings(max_examples=100)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_money_in_cents_reads_back_as_the_same_amount(amount: Decimal) -> None:
    read = wording.money(amount, "USD", 2).replace("$", "").replace(",", "").replace("−", "-")
    assert Decimal(read) == amount


def test_an_instant_is_shown_on_the_day_of_the_business_zone() -> None:
    shown = wording.local(datetime(2018, 1, 1, 4, 59), "America/New_York")
    assert wording.day(shown) == "31 December 2017"


def test_a_rule_names_the_cut_offs_that_applied() -> None:
    rule = wording.rfm_rule(name(r_min=4, r_max=5, f_min=2, f_max=3, m_min=5, m_max=5), CUT_OFFS, NIGHT)
    assert rule == [
        "R 4–5: last order at most 8 days ago",
        "F 2–3: 3 to 9 orders",
        "M 5: net revenue at least $1,628.58",
    ]


def test_a_low_score_of_recency_is_a_long_time() -> None:
    assert wording.rfm_rule(name(r_min=1, r_max=2), CUT_OFFS, NIGHT) == ["R 1–2: last order at least 90 days ago"]


def test_a_score_nobody_has_is_said_so() -> None:
    assert wording.rfm_rule(name(m_min=1, m_max=2), CUT_OFFS, NIGHT) == ["M 1–2: nobody has this score"]


def test_rules_in_time_are_words() -> None:
    assert wording.rfm_rule(name(first_order_max_days=90, is_overdue=True), CUT_OFFS, NIGHT) == [
        "first order at most 90 days ago",
        "no order for 3 times the usual gap, and for at least 90 days",
    ]


def test_a_name_without_bounds_has_no_rule() -> None:
    assert wording.rfm_rule(name(r_min=1, r_max=5), CUT_OFFS, NIGHT) == []
