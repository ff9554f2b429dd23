"""Every file in the inbox is told apart by its name, gets a receipt, and is what its manifest says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from regulars import ledger
from tests.land.corner_shop import DAY, SALES, Shop, sales

GOOD = sales(*SALES)


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_landing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shop.drop(f"sale_{DAY}.csv", GOOD[:200])
    read = Path.read_bytes

    def read_while_it_grows(this: Path) -> bytes:
        content = read(this)
        if this == path:
            path.write_bytes(GOOD)
        return content

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", read_while_it_grows)
        summary = shop.land()
    assert [problem["status"] for problem in summary["problems"]] == ["still_growing"]
    assert shop.rows(ledger.delivery) == []
    shop.land()
    assert len(shop.accepted()) == 10


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (f"sales_{DAY}.csv", f"unknown_name: Did you mean 'sale_{DAY}.csv'?"),
        ("sale.csv", "unknown_name: Did you mean 'sale_{business_date}.csv'?"),
        (f"sale_{DAY}.csv.bz2", f"unknown_name: Did you mean 'sale_{DAY}.csv'?"),
        ("sale_2024-02-30.csv", "impossible_date: 2024-02-30 is no business date"),
        ("sale_9999-12-31.csv", "impossible_date: 9999-12-31 is no business date"),
        ("sale_0001-01-01.csv", "impossible_date: 0001-01-01 is no business date"),
    ],
)
def test_a_file_of_an_unknown_name_is_refused_and_not_ignored(shop: Shop, name: str, reason: str) -> None:
    shop.drop(name, GOOD)
    summary = shop.land()
    refused = shop.content()
    assert (refused["entity"], refused["status"], refused["reason"]) == ("unknown", "refused", reason)
    assert summary["entities"]["unknown"]["refused"] == 1
    (receipt,) = shop.rows(ledger.delivery)
    assert (receipt["name"], receipt["inbox_size"]) == (name, len(GOOD))


def test_what_is_no_file_is_refused_without_opening_it(shop: Shop) -> None:
    shop.drop("hidden.csv", b"").unlink()
    os.mkfifo(shop.home.inbox / "shop" / f"sale_{DAY}.csv")
    shop.land()
    assert shop.content()["reason"] == "not_a_file: only files are landed, and no links"


def test_a_link_is_not_followed(shop: Shop, tmp_path: Path) -> None:
    shop.drop("hidden.csv", b"").unlink()
    secret = tmp_path / "secret"
    secret.write_bytes(GOOD)
    (shop.home.inbox / "shop" / f"sale_{DAY}.csv").symlink_to(secret)
    shop.land()
    assert shop.content()["reason"] == "not_a_file: only files are landed, and no links"
    assert not [path for path in shop.home.landed.rglob("*") if path.is_file() and path.read_bytes() == GOOD]


def test_a_name_that_is_no_text_gets_its_receipt(shop: Shop) -> None:
    shop.drop("hidden.csv", b"").unlink()
    Path(os.fsdecode(os.fsencode(shop.home.inbox) + b"/shop/sale_\xff.csv")).write_bytes(GOOD)
    shop.land()
    (receipt,) = shop.rows(ledger.delivery)
    assert receipt["name"] == "sale_\\xff.csv"


def test_hidden_partial_and_manifest_files_are_no_deliveries(shop: Shop) -> None:
    for name in (".sale.csv", f"sale_{DAY}.csv.part", f"sale_{DAY}.csv.manifest.json"):
        shop.drop(name, b"x")
    assert shop.land()["problems"] == []
    assert shop.rows(ledger.delivery) == []


MANIFESTS = {
    "other bytes": (json.dumps({"sha256": "0" * 64}), "manifest_sha256: the manifest says 000000000000…"),
    "fewer rows": (json.dumps({"rows": 9}), "manifest_rows: the manifest says 9 rows, the file has 10"),
    "half a manifest": ('{"rows": 10', "bad_manifest"),
    "rows in words": (json.dumps({"rows": "ten"}), "bad_manifest"),
    "no year of ours": (json.dumps({"delivered_at": "9999-12-31T23:59:59-12:00"}), "bad_manifest"),
    "no offset": (json.dumps({"delivered_at": "2024-03-06T01:00:00"}), "bad_manifest"),
    "a list": ("[]", "bad_manifest"),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_a_file_that_is_not_what_its_manifest_says_is_refused_until_it_is(shop: Shop, case: str) -> None:
    manifest, reason = MANIFESTS[case]
    shop.drop(f"sale_{DAY}.csv", GOOD)
    path = shop.drop(f"sale_{DAY}.csv.manifest.json", manifest.encode())
    shop.land()
    assert shop.content()["status"] == "refused"
    assert shop.content()["reason"].startswith(reason)
    path.write_text(json.dumps({"rows": 10}))
    shop.land()
    assert (shop.content()["status"], shop.content()["accepted_rows"]) == ("landed", 10)
