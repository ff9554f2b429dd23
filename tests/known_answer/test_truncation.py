"""A training row says what the night of its origin would have said, whatever was delivered since."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from regulars import config, contracts, warehouse
from regulars.build.candidate import Origin, lay_out, night_origin
from regulars.build.layers import build_layer
from tests.dbt_project.hand_made import WORLD, build_profile
from tests.known_answer.small_world import delivered_by, small_world

LAST_NIGHT = date(2017, 12, 31)
EARLIER_NIGHT = date(2017, 9, 30)
ORIGINS = [night_origin(WORLD, night) for night in (EARLIER_NIGHT, date(2017, 11, 4), date(2017, 11, 5))]

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[config.Home]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGULARS_HOME", str(tmp_path_factory.mktemp("home")))
        yield config.home()


@pytest.fixture(scope="module")
def last_night(home: config.Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The candidate of the last night, which knows every delivery."""
    folder = tmp_path_factory.mktemp("last_night")
    return build_profile(folder, home, LAST_NIGHT, [night_origin(WORLD, LAST_NIGHT)], small_world())


@pytest.fixture(scope="module")
def frames(home: config.Home, last_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Training frames of earlier origins, on a copy of what the last night built."""
    folder = tmp_path_factory.mktemp("frames")
    lay_out(folder, home, WORLD, LAST_NIGHT, [Origin(each.as_of, each.known_by, 28) for each in ORIGINS])
    shutil.copyfile(last_night / "regulars.duckdb", folder / "regulars.duckdb")
    build_layer(folder, "training")
    return folder


@pytest.fixture(scope="module")
def night(home: config.Home, last_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The earlier night, of which everything delivered later is deleted."""
    origin = night_origin(WORLD, EARLIER_NIGHT)
    truncated = delivered_by(small_world(), origin.known_by)
    return build_profile(tmp_path_factory.mktemp("night"), home, EARLIER_NIGHT, [origin], truncated)


def _buyers(folder: Path, as_of: datetime) -> Rows:
    """Every column of every customer with an order before ``as_of``."""
    with warehouse.candidate(folder, read_only=True) as connection:
        return connection.execute(
            "select * from marts.customer_features where as_of = ? and days_since_last_order is not null order by all",
            [as_of],
        ).fetchall()


def _rows(folder: Path, sql: str, *parameters: Any) -> Rows:
    with warehouse.candidate(folder, read_only=True) as connection:
        return connection.execute(sql, list(parameters)).fetchall()


def _one(folder: Path, sql: str, *parameters: Any) -> int:
    with warehouse.candidate(folder, read_only=True) as connection:
        row = connection.execute(sql, list(parameters)).fetchone()
    return row[0] if row else 0


def test_a_training_row_does_not_change_when_all_that_was_delivered_later_is_deleted(frames: Path, night: Path) -> None:
    origin = night_origin(WORLD, EARLIER_NIGHT)
    expected = _buyers(night, origin.as_of)
    assert len(expected) > 100
    assert repr(_buyers(frames, origin.as_of)) == repr(expected)


def test_what_was_delivered_later_does_not_change_what_an_earlier_night_says_of_people(
    home: config.Home, night: Path, last_night: Path, tmp_path: Path
) -> None:
    backfill = build_profile(tmp_path, home, EARLIER_NIGHT, [night_origin(WORLD, EARLIER_NIGHT)], small_world())
    for mart in ("customer_behaviour", "customer_attribute_version"):
        everything = f"from regulars.marts.{mart} order by all"
        assert len(_rows(night, everything)) > 100
        assert (
            repr(_rows(backfill, everything)) == repr(_rows(night, everything)) != repr(_rows(last_night, everything))
        )


def test_the_history_of_a_later_night_says_what_was_shown_at_an_earlier_one(night: Path, last_night: Path) -> None:
    known_by = night_origin(WORLD, EARLIER_NIGHT).known_by
    columns = "select customer_id, attribute, value, record_key from regulars.marts.customer_attribute_version where"
    then = _rows(
        last_night, f"{columns} valid_from <= ? and (valid_to is null or valid_to > ?) order by all", known_by, known_by
    )
    assert then == _rows(night, f"{columns} valid_to is null order by all")
    assert len(then) > 50


def test_the_shop_really_delivers_late_lines_corrections_and_a_changed_catalogue(last_night: Path) -> None:
    known_by = night_origin(WORLD, EARLIER_NIGHT).known_by
    ordered_before = "select count(*) from regulars.marts.fct_order_version where ordered_at < ? and"
    as_of = known_by - timedelta(hours=WORLD.cut_off_hours)
    assert _one(last_night, f"{ordered_before} known_from > ?", as_of, known_by) > 100
    assert _one(last_night, f"{ordered_before} known_from <= ? and known_until > ?", as_of, known_by, known_by) > 100


def test_the_online_shop_really_cancels_and_refunds_after_the_origin_what_was_ordered_before(last_night: Path) -> None:
    origin = night_origin(WORLD, EARLIER_NIGHT)
    versions = (
        "select count(*) from regulars.marts.fct_order_version as version where ordered_at < ? and known_from <= ?"
    )
    is_order_today = "exists (from regulars.marts.fct_order as today where today.order_id = version.order_id)"
    cancelled = f"{versions} and known_until > ? and not {is_order_today}"
    assert _one(last_night, cancelled, origin.as_of, origin.known_by, origin.known_by) > 5
    refunds = "select count(*) from regulars.marts.fct_refund_version where refunded_at < ? and"
    assert _one(last_night, f"{refunds} known_from <= ?", origin.as_of, origin.known_by) > 50
    assert (
        _one(
            last_night, f"{refunds} known_from <= ? and known_until > ?", origin.as_of, origin.known_by, origin.known_by
        )
        > 5
    )
    assert _one(last_night, f"{refunds} known_from > ?", origin.as_of, origin.known_by) > 5


def test_revenue_is_that_of_the_orders_less_the_refunds_of_orders_that_count(last_night: Path) -> None:
    of_customers = "select sum(net_revenue * 100)::bigint from regulars.marts.customer_features"
    of_orders = "select sum(net_revenue * 100)::bigint from regulars.marts.fct_order"
    of_refunds = "select sum(amount * 100)::bigint from regulars.marts.fct_refund where is_counted"
    refunded = _one(last_night, of_refunds)
    assert refunded > 0
    assert _one(last_night, of_customers) == _one(last_night, of_orders) - refunded


def test_a_frame_of_several_origins_has_a_label_for_every_buyer_of_each(frames: Path) -> None:
    labels = "select count(*) from work.intermediate.int_training__customer_labels where as_of = ?"
    for origin in ORIGINS:
        assert _one(frames, labels, origin.as_of) == len(_buyers(frames, origin.as_of)) > 100


def test_todays_orders_and_lines_are_the_latest_versions_and_add_up(last_night: Path) -> None:
    assert _one(last_night, "select count(*) from regulars.marts.fct_order") == _one(
        last_night, "select count(distinct order_id) from regulars.marts.fct_order_version where known_until is null"
    )
    apart = """
        select count(*) from regulars.marts.fct_order as o full join (
            select order_id, count(*) as lines, sum(net_revenue) as net_revenue, max(known_at) as known_at
            from regulars.marts.fct_order_line group by order_id
        ) as l on o.order_id = l.order_id
        where (o.lines, o.net_revenue, o.known_at) is distinct from (l.lines, l.net_revenue, l.known_at)
    """
    assert _one(last_night, apart) == 0


def test_a_feature_is_null_exactly_where_its_contract_says_what_null_means(last_night: Path) -> None:
    for mart in ("customer_features", "customer_behaviour"):
        columns = [column for column in contracts.columns(mart) if "null_means" in column.meta]
        nulls = ", ".join(f'count_if("{column.name}" is null)' for column in columns)
        (counted,) = _rows(last_night, f"select {nulls} from regulars.marts.{mart}")
        for column, count in zip(columns, counted, strict=True):
            assert (count == 0) == (column.meta["null_means"] == "never null"), column.name
