"""Rows are typed, dated and split: what is personal stands apart, and every row is counted."""

from __future__ import annotations

import json
import time
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from regulars import ledger
from regulars.failpoint import VARIABLE
from tests.land.corner_shop import DAY, END_OF_DAY, NEXT_DAY, SALES, Shop, rows_of, sales, zipped

GOOD = sales(*SALES)


def test_rows_are_typed_and_say_where_they_come_from(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", sales("7,,+1.5,2024-03-05T08:00:00.25+05:45,NULL"))
    shop.land()
    assert shop.accepted() == [
        {
            "sale_id": 7,
            "note": None,
            "amount": Decimal("1.50"),
            "sold_at": datetime(2024, 3, 5, 2, 15, 0, 250_000),
            "due_on": None,
            "_content": shop.content()["content_sha256"],
            "_line": 2,
            "_known_at": END_OF_DAY + timedelta(hours=2),
        }
    ]


def test_rows_of_several_files_of_one_batch_stay_apart(shop: Shop) -> None:
    for number, row in enumerate(SALES):
        shop.drop(f"sale_{DAY}_{number}.csv", sales(row, *["broken"] * (number % 2)))
    shop.land()
    accepted = {row["_content"]: row["sale_id"] for row in shop.accepted()}
    contents = {row["content_sha256"]: row for row in shop.rows(ledger.content)}
    for receipt in shop.rows(ledger.delivery):
        number = int(receipt["name"].removesuffix(".csv").rsplit("_", 1)[1])
        assert accepted[receipt["content_sha256"]] == number + 1
        assert contents[receipt["content_sha256"]]["quarantined_rows"] == number % 2


def test_read_is_accepted_plus_quarantined_by_reason_for_every_content(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", sales(*SALES, "a,b", "a,b,c,d,e", "1,n,x,2024-03-05T08:00:00Z,"))
    shop.drop(f"sale_{NEXT_DAY}.csv", sales(*SALES[:4], *["x"] * 3))
    shop.land()
    reasons = shop.rows(ledger.quarantine_reason)
    for content in shop.rows(ledger.content):
        mine = [row["rows"] for row in reasons if row["content_sha256"] == content["content_sha256"]]
        assert content["read_rows"] == content["accepted_rows"] + content["quarantined_rows"]
        assert content["quarantined_rows"] == sum(mine)
    assert len(shop.quarantined()) == 6
    assert len(shop.accepted()) == 14


def test_personal_columns_stand_in_personal_only(shop: Shop) -> None:
    secrets = (b"Tara Wangmo", b"tara@example.org", b"Bad Row", b"bad@example.org")
    people = [f"{number},Someone {number},{number}@example.org,Leh" for number in range(2, 200)]
    rows = ["1,Tara Wangmo,tara@example.org,Leh", *people, "x,Bad Row,bad@example.org,Leh"]
    shop.drop(f"person_{DAY}.csv.gz", zipped("\n".join(["person_id,name,email,city", *rows, ""]).encode()))
    shop.home.root.mkdir(exist_ok=True)
    summary = shop.land()
    first = shop.accepted("person")[0]
    assert set(first) == {"person_id", "city", "_content", "_line", "_known_at"}
    (kept, *_) = rows_of(f"{shop.home.personal}/shop/person/*.parquet")
    assert (kept["person_id"], kept["name"], kept["email"]) == (1, "Tara Wangmo", "tara@example.org")
    (refused,) = rows_of(f"{shop.home.personal}/quarantine/shop/person/*.parquet")
    assert (refused["_line"], refused["raw"]) == (201, "x,Bad Row,bad@example.org,Leh")
    assert len(list((shop.home.personal / "raw" / "shop").iterdir())) == 1
    assert shop.home.personal.stat().st_mode & 0o777 == 0o700
    told = [json.dumps(summary).encode(), (shop.home.root / "operations.db").read_bytes()]
    outside = [content for path, content in shop.files().items() if not path.startswith("personal/")]
    assert not [secret for secret in secrets for content in [*told, *outside] if secret in content]


def test_a_personal_file_without_its_header_is_not_quoted(shop: Shop) -> None:
    shop.drop(f"person_{DAY}.csv.gz", zipped(b"1,Tara Wangmo,tara@example.org,Leh\n"))
    assert "Tara" not in json.dumps(shop.land())
    assert shop.content()["reason"].startswith("wrong_header")


def test_known_at_is_what_the_manifest_says(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", GOOD)
    said = {"delivered_at": "2024-03-05T23:00:00+05:45", "rows": 10}
    shop.drop(f"sale_{DAY}.csv.manifest.json", json.dumps(said).encode())
    shop.land()
    (receipt,) = shop.rows(ledger.delivery)
    assert receipt["known_at"] == datetime(2024, 3, 5, 17, 15)
    assert {row["_known_at"] for row in shop.accepted()} == {datetime(2024, 3, 5, 17, 15)}


def test_a_row_of_a_history_load_is_known_the_delay_after_its_day(shop: Shop) -> None:
    shop.drop(f"till_roll_{DAY}.csv", b"sold_on,amount\n2024-01-01,1\n2024-03-05,2\n2024-03-05,2\n")
    shop.land()
    known = [(row["sold_on"], row["_known_at"]) for row in shop.accepted("till_roll")]
    assert known == [
        (date(2024, 1, 1), datetime(2024, 1, 1, 20, 15)),
        (DAY, END_OF_DAY + timedelta(hours=2)),
        (DAY, END_OF_DAY + timedelta(hours=2)),
    ]
    (receipt,) = shop.rows(ledger.delivery)
    assert receipt["known_at"] == END_OF_DAY + timedelta(hours=2)


def test_the_host_s_time_zone_does_not_matter(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.drop(f"till_roll_{DAY}.csv", b"sold_on,amount\n2024-01-01,1\n")
    shop.drop(f"sale_{DAY}.csv", GOOD)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Pacific/Apia")
        time.tzset()
        shop.land()
    time.tzset()
    assert shop.accepted("till_roll")[0]["_known_at"] == datetime(2024, 1, 1, 20, 15)
    assert shop.accepted()[0]["sold_at"] == datetime(2024, 3, 5, 8, 1)


def test_a_landing_that_breaks_off_leaves_no_receipt_without_what_became_of_the_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.land.batch._FILES", 2)
    for number, row in enumerate(SALES):
        shop.drop(f"sale_{DAY}_{number}.csv", sales(row))
    monkeypatch.setattr("regulars.failpoint._passed", {})
    monkeypatch.setenv(VARIABLE, "land.mid_read:raise:8")
    with pytest.raises(RuntimeError, match="injected"):
        shop.land()
    # Three batches were read: the first is noted, two were being typed and stored while the eighth file was read.
    receipts = {row["content_sha256"] for row in shop.rows(ledger.delivery)}
    assert len(receipts) == 2 and receipts == {row["content_sha256"] for row in shop.rows(ledger.content)}
    monkeypatch.delenv(VARIABLE)
    counts = shop.land()["entities"]["shop__sale"]
    assert (counts["unchanged"], counts["landed"]) == (2, len(SALES) - 2)
    assert sorted(row["sale_id"] for row in shop.accepted()) == sorted(range(1, len(SALES) + 1))


def test_a_file_that_says_what_one_in_a_waiting_batch_says_is_repeated(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.land.batch._FILES", 2)
    for number, row in enumerate([*SALES[:3], SALES[0], SALES[2]]):
        shop.drop(f"sale_{DAY}_{number}.csv", sales(row))
    counts = shop.land()["entities"]["shop__sale"]
    assert (counts["landed"], counts["repeated"], counts["accepted_rows"]) == (3, 2, 3)
