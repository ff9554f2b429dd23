"""Files of events are told by what their objects hold, and a table of a day is in the inbox once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.config import Home
from regulars.errors import UsageError
from regulars.imports.bring import Asked, Brought, bring
from regulars.land.landing import land_source
from tests.land.corner_shop import rows_of

ENVELOPE = {"received_at": "2025-03-01T10:00:00Z", "sent_at": None, "timestamp": "2025-03-01T10:00:00Z"}
ENVELOPE |= {"original_timestamp": "2025-03-01T10:00:00Z", "context_ip": "10.0.0.1", "anonymous_id": "x"}
TRACK = ENVELOPE | {"id": "m1", "user_id": "u1", "event": "order_completed", "event_text": "Order Completed"}
ORDER = TRACK | {"order_id": "A7", "revenue": 29.990000000000002, "products": '[{"product_id": "T1", "price": 29.99}]'}
PAGE = ENVELOPE | {"id": "m2", "user_id": None, "name": "Home", "path": "/", "referrer": "https://search.example.com/"}
WAREHOUSE = {
    "tracks": (TRACK, "Segment or RudderStack table of tracks"),
    "order_completed": (ORDER, "Segment or RudderStack table of an event"),
    "pages": (PAGE | {"url": "https://example.com/", "title": "Tea"}, "Segment or RudderStack table of pages"),
    "screens": (ENVELOPE | {"id": "m3", "user_id": None, "name": "Home"}, "Segment or RudderStack table of screens"),
    "identifies": (ENVELOPE | {"id": "m4", "user_id": "u1", "plan": "a"}, "Segment or RudderStack table of identifies"),
    "users": (
        {"id": "u1", "received_at": "2025-03-01T10:00:00Z", "email": "ann@example.org"},
        "Segment or RudderStack table of users",
    ),
}
Row = dict[str, Any]


def ga4(pseudo: str | None = "1.2", at: str = "1740823200000000", **more: Any) -> Row:
    params = [{"key": "ga_session_id", "value": {"int_value": "7"}}, {"key": "value", "value": {"double_value": 5.1}}]
    named = {"event_name": "add_to_cart", "event_timestamp": at, "event_params": params, "user_pseudo_id": pseudo}
    return named | {"stream_id": "1", "device": {"category": "mobile"}} | more


def lines(path: Path, *rows: Row) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def brought(*paths: Path) -> list[Brought]:
    return bring(list(paths), Asked("lamps", zone="Europe/Berlin", currency="EUR"))[1]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_tables_of_a_warehouse_are_told_apart_in_each_form(home: Home, tmp_path: Path, form: str) -> None:
    paths = []
    for name, (row, _) in WAREHOUSE.items():
        path = tmp_path / f"{name}.{form}"
        if form == "jsonl":
            lines(path, row)
        elif form == "parquet":
            pq.write_table(pa.Table.from_pylist([row]), path)
        else:
            quoted = ['"' + str("" if value is None else value).replace('"', '""') + '"' for value in row.values()]
            path.write_text(f"{','.join(row)}\n{','.join(quoted)}\n")
        paths.append(path)
    found = brought(*paths)
    assert [one.match.format.title for one in found] == [title for _, title in WAREHOUSE.values()]
    summary = land_source(home, _world(), "lamps_segment")
    assert not summary["problems"]
    entity = "event_table" if form == "csv" else f"event_table_{form}"
    (order,) = rows_of(f"{home.landed}/lamps_segment/{entity}/*/*.parquet")
    assert (order["event_name"], str(order["order_revenue"])) == ("Order Completed", "29.99")
    assert json.loads(order["items"]) == [{"product_id": "T1", "price": 29.99}]


def test_an_event_of_google_analytics_is_read_by_its_parameters_to_the_microsecond(home: Home, tmp_path: Path) -> None:
    page = {"key": "page_location", "value": {"string_value": "https://example.com/tea?email=ann@example.org#top"}}
    event = ga4(at="1740823200123456")
    event["event_params"].append(page)
    brought(lines(tmp_path / "events_20250301.jsonl", event))
    land_source(home, _world(), "lamps_ga4")
    (row,) = rows_of(f"{home.landed}/lamps_ga4/event_jsonl/*/*.parquet")
    assert row["event_at"].isoformat() == "2025-03-01T10:00:00.123456"
    assert (row["event_name"], row["session_hint"], str(row["value"])) == ("Product Added", "7", "5.10")
    # what is asked for behind an address may name a person
    assert row["page_path"] == "/tea"


def test_a_later_export_of_a_day_takes_the_place_of_an_earlier_one_and_never_an_early_one_of_the_whole(
    home: Home, tmp_path: Path
) -> None:
    whole = lines(tmp_path / "events_20250301.jsonl", ga4(), ga4("3.4"))
    early = lines(tmp_path / "events_intraday_20250301.jsonl", ga4())
    part = lines(tmp_path / "events_20250301-000000000001.jsonl", ga4("5.6"))
    other = lines(tmp_path / "export.jsonl", ga4("7.8"))
    inbox = home.inbox / "lamps_ga4"
    (one,) = brought(early)
    assert one.business_date == date(2025, 3, 1)
    brought(whole, part, other)
    held = inbox / "event_jsonl_2025-03-01.jsonl"
    assert held.read_text() == whole.read_text()
    assert brought(early)[0].place == "" == brought(whole)[0].place
    assert held.read_text() == whole.read_text()
    names = {path.name for path in inbox.glob("*.jsonl")}
    assert names == {held.name, "event_jsonl_2025-03-01_000000000001.jsonl", "event_jsonl_2025-03-01_2.jsonl"}
    # killed between the manifest and the file: brought again it is whole
    held.write_text(early.read_text())
    assert brought(whole)[0].place
    assert held.read_text() == whole.read_text()


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "no object"), ("[1, 2]\n", "no object"), ('{"a": 1}\n', "no export of a known format"), ("{", "no object")],
)
def test_a_file_that_is_no_export_of_events_is_refused_in_words(
    home: Home, written: Callable[[str, str], Path], text: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        brought(written("events.jsonl", text))


def _world() -> Any:
    from regulars import config

    return config.world("lamps")
