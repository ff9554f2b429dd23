"""JSON lines: what is no object of single values is refused by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from tests.land.corner_shop import DAY, Shop

GOOD = [json.dumps({"messageId": f"m{number}", "properties": {"campaign_id": number}}) for number in range(1, 6)]

ROWS = {
    "half an object": ('{"messageId": "m9", "prop', "bad_json"),
    "a list": ('["m9"]', "not_an_object"),
    "a number": ("9", "not_an_object"),
    "null": ("null", "not_an_object"),
    "another encoding": (b'{"messageId": "caf\xe9"}', "bad_encoding"),
    "a NUL": (b'{"messageId": "m\0"}', "bad_json"),
    "no id": ('{"properties": {}}', "click_id: missing"),
    "an id that is null": ('{"messageId": null}', "click_id: missing"),
    "an id that is an object": ('{"messageId": {"id": "m9"}}', "click_id: not a single value"),
    "a list of campaigns": (
        '{"messageId": "m9", "properties": {"campaign_id": [1, 2]}}',
        "campaign_id: not an integer",
    ),
    "a campaign in scientific notation": (
        '{"messageId": "m9", "properties": {"campaign_id": 1e5}}',
        "campaign_id: not an integer",
    ),
    "a campaign above int64": (
        '{"messageId": "m9", "properties": {"campaign_id": 99999999999999999999}}',
        "campaign_id: outside 64 bits",
    ),
    "a huge value": (json.dumps({"messageId": "m" * 300_000}), "field_too_long"),
}


def file_name(case: str) -> str:
    return f"click_{DAY}_{list(ROWS).index(case)}.jsonl"


def with_line(row: str | bytes) -> bytes:
    line = row.encode() if isinstance(row, str) else row
    return b"".join(part + b"\n" for part in (*map(str.encode, GOOD[:2]), line, *map(str.encode, GOOD[2:])))


@pytest.fixture(scope="module")
def quarantined_lines(landed_once: Callable[[Mapping[str, bytes]], Shop]) -> Shop:
    return landed_once({file_name(case): with_line(row) for case, (row, _) in ROWS.items()})


@pytest.mark.parametrize("case", ROWS)
def test_a_line_that_is_no_event_is_quarantined_with_reason_and_line(quarantined_lines: Shop, case: str) -> None:
    sha256 = quarantined_lines.content_of(file_name(case))["content_sha256"]
    (refused,) = quarantined_lines.quarantined("click", sha256)
    assert (refused["_line"], refused["reason"]) == (3, ROWS[case][1])
    accepted = quarantined_lines.accepted("click", sha256)
    assert [event["click_id"] for event in accepted] == ["m1", "m2", "m3", "m4", "m5"]


def test_values_are_taken_by_their_path_and_the_rest_of_the_properties_is_kept(shop: Shop) -> None:
    event = {"messageId": "m1", "properties": {"campaign_id": "12", "shop": {"town": "Leh"}}, "context": {}}
    shop.drop(f"click_{DAY}.jsonl", json.dumps(event).encode())
    shop.land()
    (row,) = shop.accepted("click")
    assert (row["click_id"], row["campaign_id"]) == ("m1", 12)
    assert json.loads(row["properties"]) == event["properties"]


def test_empty_lines_are_no_rows(shop: Shop) -> None:
    shop.drop(f"click_{DAY}.jsonl", "\n\n".join(["", *GOOD, "", " "]).encode())
    shop.land()
    assert shop.content()["read_rows"] == 5
    assert [row["_line"] for row in shop.accepted("click")] == [3, 5, 7, 9, 11]
