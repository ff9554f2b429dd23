"""Parquet goes through the same typing as text: exact types come back as they were, others are refused by row."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.land.corner_shop import DAY, Shop

LISTED = datetime(2024, 3, 5, 1, 2, 3, 456, tzinfo=UTC)
ITEMS = pa.table(
    {
        "price": pa.array([Decimal("1.50"), Decimal("-0.01"), None], pa.decimal128(18, 4)),
        "item_id": pa.array([1, 2**62, 3], pa.int64()),
        "title": pa.array(["tea", None, ""], pa.dictionary(pa.int8(), pa.string())),
        "listed_at": pa.array([LISTED, None, LISTED], pa.timestamp("us", "Europe/Paris")),
    }
)


def parquet(table: pa.Table, **how: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **how)
    return buffer.getvalue()


def test_exact_types_come_back_as_they_were(shop: Shop) -> None:
    shop.drop(f"item_{DAY}.parquet", parquet(ITEMS))
    shop.land()
    rows = [(row["item_id"], row["title"], row["price"], row["listed_at"]) for row in shop.accepted("item")]
    instant = LISTED.replace(tzinfo=None)
    assert rows == [
        (1, "tea", Decimal("1.50"), instant),
        (2**62, None, Decimal("-0.01"), None),
        (3, None, None, instant),
    ]


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("price", pa.array([1.5, float("nan"), 2.0]), "price: not a decimal"),
        ("price", pa.array([1.5, float("-inf"), 2.0]), "price: not a decimal"),
        ("price", pa.array([1.5, 1e20, 2.0]), "price: not a decimal"),
        ("price", pa.array([1.5, 0.1 + 0.2, 2.0]), "price: more than 2 decimals"),
        ("item_id", pa.array([1.0, 1e18, 3.0]), "item_id: not an integer"),
        ("item_id", pa.array([1, 2**64 - 1, 3], pa.uint64()), "item_id: outside 64 bits"),
        ("item_id", pa.array(["1", "two", "3"]), "item_id: not an integer"),
        ("listed_at", pa.array([None, LISTED.replace(tzinfo=None), None]), "listed_at: not a timestamp with an offset"),
    ],
)
def test_a_value_that_is_not_exact_is_quarantined(shop: Shop, column: str, values: pa.Array, reason: str) -> None:
    table = ITEMS.set_column(ITEMS.schema.get_field_index(column), column, values)
    shop.drop(f"item_{DAY}.parquet", parquet(table))
    shop.land()
    assert [(row["_line"], row["reason"]) for row in shop.quarantined("item")] == [(2, reason)]
    assert len(shop.accepted("item")) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (parquet(ITEMS)[:-20], "truncated_parquet"),
        (parquet(ITEMS)[:-20] + b"PAR1", "corrupt_parquet"),
        (b"item_id,title\n1,tea\n", "not_parquet"),
        (b"PAR1", "corrupt_parquet"),
        (parquet(ITEMS.drop_columns("price")), "missing_column: there is no column 'price'"),
        (parquet(ITEMS.set_column(0, "price", pa.array([[1], [2], [3]]))), "nested_column: column 'price'"),
        (parquet(ITEMS.slice(0, 0)), "zero_rows"),
    ],
    ids=["no end", "no footer", "CSV", "magic only", "missing column", "nested column", "no rows"],
)
def test_what_is_not_the_promised_parquet_is_refused(shop: Shop, content: bytes, reason: str) -> None:
    shop.drop(f"item_{DAY}.parquet", content)
    shop.land()
    assert shop.content()["status"] == "refused"
    assert shop.content()["reason"].startswith(reason)


def test_a_flipped_bit_in_a_page_with_a_checksum_is_never_loaded(shop: Shop) -> None:
    whole = parquet(ITEMS, write_page_checksum=True, compression="none")
    rng = random.Random(5)
    for number, bit in enumerate(rng.sample(range(4 * 8, len(whole) * 8 // 3), 40)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        shop.drop(f"item_{DAY}_{number}.parquet", bytes(damaged))
    shop.drop(f"item_{DAY}.parquet", whole)
    shop.land()
    seen = {(row["item_id"], row["title"], row["price"], row["listed_at"]) for row in shop.accepted("item")}
    assert len(seen) == 3
