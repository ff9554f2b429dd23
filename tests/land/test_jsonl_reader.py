"""JSON lines: what is no object of single values is refused by line."""

from __future__ import annotations

import json

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


@pytest.mark.parametrize("case", ROWS)
def test_a_line_that_is_no_event_is_quarantined_with_reason_and_line(shop: Shop, case: str) -> None:
    row, reason = ROWS[case]
    line = row.encode() if isinstance(row, str) else row
    shop.drop(
        f"click_{DAY}.jsonl", "\n".join([*GOOD[:2], ""]).encode() + line + "\n".join(["", *GOOD[2:], ""]).encode()
    )
    shop.land()
    (refused,) = shop.quarantined("click")
    assert (refused["_line"], refused["reason"]) == (3, reason)
    assert [event["click_id"] for event in shop.accepted("click")] == ["m1", "m2", "m3", "m4", "m5"]


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
