"""Landing a second time, under another name, after a kill: the same rows, and a receipt for every file."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from regulars import failpoint, ledger, sources
from regulars.config import Home
from regulars.errors import DataHeld, UsageError
from regulars.land import landing
from regulars.land.landing import land_source, require_landed
from tests.land.corner_shop import DAY, END_OF_DAY, NEXT_DAY, SALES, WORLD, Shop, sales, zipped

GOOD = sales(*SALES)


def parquet_of(shop: Shop) -> dict[str, bytes]:
    return {path: content for path, content in shop.files().items() if path.endswith(".parquet")}


def without_clock(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key not in ("landed_at", "inbox_mtime_ns")} for row in rows]


def test_landing_again_changes_nothing(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", GOOD)
    shop.drop("nonsense.txt", b"x")
    shop.drop(f"person_{DAY}.csv.gz", zipped(b"half")[:-1])
    shop.land()
    before = (
        parquet_of(shop),
        shop.rows(ledger.delivery),
        shop.rows(ledger.content),
        shop.rows(ledger.quarantine_reason),
    )
    summary = shop.land()
    after = (
        parquet_of(shop),
        shop.rows(ledger.delivery),
        shop.rows(ledger.content),
        shop.rows(ledger.quarantine_reason),
    )
    assert after == before
    assert summary["entities"]["shop__sale"]["unchanged"] == 1
    assert {problem["name"] for problem in summary["problems"]} == {"nonsense.txt", f"person_{DAY}.csv.gz"}


@pytest.mark.parametrize(
    "name", [f"sale_{DAY}_2.csv", f"sale_{NEXT_DAY}.csv"], ids=["other name", "other business date"]
)
def test_the_same_content_again_is_a_receipt_and_no_rows(shop: Shop, name: str) -> None:
    shop.drop(f"sale_{DAY}.csv", GOOD)
    shop.land()
    before = parquet_of(shop)
    shop.drop(name, GOOD)
    summary = shop.land()
    assert parquet_of(shop) == before
    assert len(shop.rows(ledger.content)) == 1
    assert len(shop.rows(ledger.delivery)) == 2
    assert (summary["entities"]["shop__sale"]["repeated"], summary["entities"]["shop__sale"]["read_rows"]) == (1, 0)


def test_the_same_content_twice_in_one_landing_is_read_once(shop: Shop) -> None:
    for name in (f"sale_{DAY}.csv", f"sale_{DAY}_2.csv", f"sale_{NEXT_DAY}.csv"):
        shop.drop(name, GOOD)
    counts = shop.land()["entities"]["shop__sale"]
    assert (counts["files"], counts["landed"], counts["repeated"], counts["read_rows"]) == (3, 1, 2, 10)
    assert {row["known_at"] for row in shop.rows(ledger.delivery)} == {
        END_OF_DAY + timedelta(hours=2),
        END_OF_DAY + timedelta(days=1, hours=2),
    }
    assert {row["_known_at"] for row in shop.accepted()} == {END_OF_DAY + timedelta(hours=2)}


def test_a_touched_file_keeps_what_its_receipt_says_of_time(shop: Shop) -> None:
    path = shop.drop(f"sale_{DAY}.csv", GOOD)
    shop.land()
    (before,) = shop.rows(ledger.delivery)
    os.utime(path, ns=(1, 1))
    shop.drop(f"sale_{DAY}.csv.manifest.json", json.dumps({"delivered_at": "2030-01-01T00:00:00Z"}).encode())
    summary = shop.land()
    (after,) = shop.rows(ledger.delivery)
    assert after == {**before, "inbox_mtime_ns": 1}
    assert summary["entities"]["shop__sale"]["unchanged"] == 1


def test_other_bytes_under_the_same_name_are_landed_beside_the_first(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", GOOD)
    shop.land()
    shop.drop(f"sale_{DAY}.csv", sales(*SALES[:3]))
    shop.land()
    assert sorted(row["read_rows"] for row in shop.rows(ledger.content)) == [3, 10]
    assert len(shop.accepted()) == 13


def test_what_a_gate_has_accepted_is_not_taken_back(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", GOOD)
    shop.land()
    accepted = {**shop.content(), "status": "accepted", "set_aside_rows": 2}
    store = ledger.Ledger(shop.home.operations_url)
    with store.transaction() as connection:
        store.upsert(connection, ledger.content, [accepted])
    shop.drop(f"sale_{NEXT_DAY}.csv", GOOD)
    shop.land()
    assert shop.content() == accepted


def test_what_a_gate_held_is_left_to_the_gate_and_what_landing_held_is_judged_again(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", sales(SALES[0], *["broken"] * 9))
    shop.land()
    held = shop.content()
    assert held["reason"].startswith(
        "bad_rate: 9 of 10 rows refused, at most 10.0% may be; the first in line 3, ragged_row"
    )
    assert shop.land()["entities"]["shop__sale"]["held"] == 1
    store = ledger.Ledger(shop.home.operations_url)
    with store.transaction() as connection:
        store.upsert(connection, ledger.content, [{**held, "reason": "unlikely amounts"}])
    assert shop.land()["entities"]["shop__sale"]["unchanged"] == 1
    assert shop.content()["reason"] == "unlikely amounts"


def test_a_landing_leaves_alone_what_another_source_is_writing_right_now(shop: Shop) -> None:
    mine, of_another = (shop.home.personal / "raw" / source / ".0a1b.csv.gz.1.part" for source in ("shop", "till"))
    for part in (mine, of_another):
        part.parent.mkdir(parents=True)
        part.write_bytes(b"half")
    shop.land()
    assert (mine.exists(), of_another.exists()) == (False, True)


@pytest.mark.parametrize(
    "place",
    [
        "land.after_raw_stored:kill:2",
        "land.after_parquet_written:kill",
        "land.before_ledger:kill",
        "land.before_ledger:kill:2",
    ],
)
def test_killed_anywhere_and_run_again_it_lands_the_same(shop: Shop, tmp_path: Path, place: str) -> None:
    whole = Shop(Home(tmp_path / "whole"), shop.conf)
    for one in (whole, shop):
        one.drop(f"sale_{DAY}.csv", GOOD)
        one.drop(f"sale_{NEXT_DAY}.csv", sales(*SALES[:2], "broken"))
        one.drop(f"person_{DAY}.csv.gz", zipped(b"person_id,name,email,city\n1,Tara,tara@example.org,Leh\n"))
    whole.land()
    assert shop.land_apart(place) == -signal.SIGKILL
    shop.land()
    kept = {path: content for path, content in shop.files().items() if not path.endswith(".lock")}
    assert kept == {path: content for path, content in whole.files().items() if not path.endswith(".lock")}
    for table in (ledger.delivery, ledger.content, ledger.quarantine_reason):
        assert without_clock(shop.rows(table)) == without_clock(whole.rows(table))


def test_after_an_io_error_the_next_landing_heals(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.drop(f"sale_{DAY}.csv", GOOD)
    monkeypatch.setattr(failpoint, "_passed", {})
    monkeypatch.setenv(failpoint.VARIABLE, "land.after_parquet_written:eio")
    with pytest.raises(OSError, match="injected"):
        shop.land()
    assert shop.rows(ledger.delivery) == []
    shop.land()
    assert shop.content()["accepted_rows"] == 10


def test_leftovers_of_a_killed_landing_are_removed(shop: Shop) -> None:
    left = shop.home.landed / "shop" / "sale" / f"business_date={DAY}" / ".x.parquet.1.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    shop.land()
    assert not left.exists()


def test_a_mended_contract_lands_what_was_refused(shop: Shop) -> None:
    path = shop.drop(f"sale_{DAY}.csv", GOOD.replace(b"amount", b"sum"))
    shop.land()
    assert shop.content()["status"] == "refused"
    path.write_bytes(GOOD)
    shop.land()
    assert sorted(row["status"] for row in shop.rows(ledger.content)) == ["landed", "refused"]


def test_a_required_file_that_was_not_accepted_holds_the_night_and_an_optional_one_does_not(shop: Shop) -> None:
    shop.drop(f"click_{DAY}.jsonl.zst", b"no zstd")
    require_landed(shop.land())
    shop.drop(f"sale_{DAY}.csv", b"")
    with pytest.raises(DataHeld) as held:
        require_landed(shop.land())
    assert f"sale_{DAY}.csv refused (empty_file" in str(held.value)
    assert held.value.exit_code == 3


def test_an_empty_or_absent_inbox_lands_nothing(shop: Shop) -> None:
    summary = shop.land()
    assert summary["problems"] == []
    assert all(count == 0 for counts in summary["entities"].values() for count in counts.values())


def test_a_source_the_world_does_not_have_is_named_with_the_nearest(shop: Shop) -> None:
    with pytest.raises(UsageError, match=r"no source 'shopp'\. Did you mean 'shop'"):
        land_source(shop.home, WORLD, "shopp")


def test_a_home_of_another_world_is_refused(shop: Shop) -> None:
    shop.home.root.mkdir(parents=True)
    (shop.home.root / "world").write_text("another\n")
    with pytest.raises(UsageError, match="belongs to the world 'another'"):
        shop.land()


def test_the_summary_is_json_and_has_no_clock_in_it(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", GOOD)
    text = json.dumps(shop.land())
    assert str(datetime.now(UTC).year) not in text.replace(str(DAY), "")


def test_a_content_refused_under_a_wrong_name_is_landed_under_a_right_one(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv.gz", GOOD)
    shop.drop(f"sale_{DAY}_plain.csv", GOOD)
    shop.land()
    assert (shop.content()["status"], len(shop.accepted())) == ("landed", 10)
    assert shop.land()["entities"]["shop__sale"]["unchanged"] == 2


def test_a_content_that_is_sound_by_a_mended_contract_leaves_no_quarantine(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.drop(f"sale_{DAY}.csv", sales("1,note,2000000,2024-03-05T08:00:00Z,"))
    shop.land()
    assert (shop.content()["status"], len(shop.quarantined())) == ("held", 1)
    contract = sources.load_entity("shop__sale")
    columns = tuple(replace(column, maximum=None) for column in contract.columns)
    monkeypatch.setattr(landing, "of_source", lambda world, source: (replace(contract, columns=columns),))
    shop.land()
    assert (shop.content()["status"], shop.quarantined(), shop.rows(ledger.quarantine_reason)) == ("landed", [], [])
    assert shop.accepted()[0]["amount"] == 2_000_000
