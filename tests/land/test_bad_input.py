"""What bad input gets: a file is refused or held with a reason, a row stands in quarantine with reason and line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import zstandard

from regulars import ledger
from tests.land.corner_shop import DAY, SALE_HEADER, SALES, Shop, sales, zipped

GOOD = sales(*SALES)


def with_row(row: str | bytes) -> bytes:
    """Ten good sales with one more in line 7."""
    lines = GOOD.splitlines(keepends=True)
    return b"".join([*lines[:6], (row.encode() if isinstance(row, str) else row) + b"\n", *lines[6:]])


FILES = {
    "cut off gzip": ("csv.gz", zipped(GOOD)[:-9], "truncated_gzip"),
    "gzip cut within its header": ("csv.gz", zipped(GOOD)[:5], "truncated_gzip"),
    "corrupt gzip": ("csv.gz", zipped(GOOD)[:40] + b"\xff\xff" + zipped(GOOD)[42:], "corrupt_gzip"),
    "not gzip at all": ("csv.gz", GOOD, "corrupt_gzip"),
    "something after the gzip": ("csv.gz", zipped(GOOD) + b"and more", "corrupt_gzip"),
    "no bytes where a gzip was promised": ("csv.gz", b"", "empty_file"),
    "bomb": ("csv.gz", zipped(b"a" * 64 * 1024**2), "decompression_bomb"),
    "cut off zstd": ("csv.zst", zstandard.compress(GOOD)[:-9], "truncated_zstd"),
    "not zstd at all": ("csv.zst", sales(*SALES[:9]), "corrupt_zstd"),
    "zstd bomb": ("csv.zst", zstandard.compress(b"a" * 64 * 1024**2), "decompression_bomb"),
    "no bytes": ("csv", b"", "empty_file"),
    "nothing but line ends": ("csv", b"\n\n\n", "empty_file"),
    "missing column": ("csv", GOOD.replace(b",due_on", b""), "missing_column: there is no column 'due_on'"),
    "renamed column": (
        "csv",
        GOOD.replace(b"amount", b"amounts"),
        "missing_column: there is no column 'amount'; is it 'amounts'?",
    ),
    "duplicate header": (
        "csv",
        GOOD.replace(b"note", b"amount", 1),
        "duplicate_header: column 'amount' is there 2 times",
    ),
    "no header": ("csv", "\n".join(SALES).encode(), "wrong_header: 5 columns are missing"),
    "semicolons": ("csv", GOOD.replace(b",", b";"), "wrong_delimiter: columns are separated by ';'"),
    "tabs": ("csv", GOOD.replace(b",", b"\t"), "wrong_delimiter"),
    "UTF-16": ("csv", GOOD.decode().encode("utf-16"), "utf16"),
    "UTF-16 without a mark": ("csv", GOOD.decode().encode("utf-16-le"), "wrong_header"),
    "a header in Latin-1": ("csv", GOOD.replace(b"note", b"not\xe9"), "bad_encoding"),
    "an open quote in the header": ("csv", GOOD.replace(b"note", b'"note', 1), "bad_header"),
}


def file_name(case: str) -> str:
    return f"sale_{DAY}_{list(FILES).index(case)}.{FILES[case][0]}"


@pytest.fixture(scope="module")
def refused_files(landed_once: Callable[[Mapping[str, bytes]], Shop]) -> Shop:
    return landed_once({file_name(case): content for case, (_, content, _) in FILES.items()})


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_trusted_is_refused_whole_with_the_reason(refused_files: Shop, case: str) -> None:
    _, content, reason = FILES[case]
    refused = refused_files.content_of(file_name(case))
    assert (refused["status"], refused["read_rows"], refused["accepted_rows"]) == ("refused", 0, 0)
    assert refused["reason"].startswith(reason)
    kept = refused_files.home.landed / "raw" / "shop"
    assert any(path.read_bytes() == content for path in kept.glob(f"{refused['content_sha256']}.*"))


def test_of_refused_files_nothing_is_loaded(refused_files: Shop) -> None:
    assert refused_files.accepted() == []


def test_a_refused_file_is_told_with_its_name_and_reason(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", b"")
    assert shop.land()["problems"] == [
        {
            "entity": "shop__sale",
            "name": f"sale_{DAY}.csv",
            "business_date": str(DAY),
            "reason": "empty_file: there is nothing in it, not even a header",
            "status": "refused",
            "is_required": True,
        }
    ]


ROWS = {
    "too few fields": ("11,note,1.00", "ragged_row"),
    "too many fields": ("11,note,1.00,2024-03-05T08:00:00Z,2024-04-01,more", "ragged_row"),
    "another encoding": (b"11,caf\xe9,1.00,2024-03-05T08:00:00Z,2024-04-01", "bad_encoding"),
    "a NUL": (b"11,no\0te,1.00,2024-03-05T08:00:00Z,2024-04-01", "nul_byte"),
    "text after a closing quote": ('11,"note"s,1.00,2024-03-05T08:00:00Z,2024-04-01', "bad_quote"),
    "a lone carriage return": ("11,no\rte,1.00,2024-03-05T08:00:00Z,2024-04-01", "stray_carriage_return"),
    "a huge field": (f"11,{'x' * 70_000},1.00,2024-03-05T08:00:00Z,2024-04-01", "field_too_long"),
    "a huge row": (f"11,{'x' * 700_000},1.00,2024-03-05T08:00:00Z,2024-04-01", "field_too_long"),
    "no key": (",note,1.00,2024-03-05T08:00:00Z,2024-04-01", "sale_id: missing"),
    "NULL where a value must be": ("11,note,NULL,2024-03-05T08:00:00Z,2024-04-01", "amount: missing"),
    "NaN": ("11,note,NaN,2024-03-05T08:00:00Z,2024-04-01", "amount: not a decimal"),
    "inf": ("11,note,inf,2024-03-05T08:00:00Z,2024-04-01", "amount: not a decimal"),
    "1e400": ("11,note,1e400,2024-03-05T08:00:00Z,2024-04-01", "amount: not a decimal"),
    "another locale's amount": ('11,note,"1.234,50",2024-03-05T08:00:00Z,2024-04-01', "amount: not a decimal"),
    "thousands": ('11,note,"1,234.50",2024-03-05T08:00:00Z,2024-04-01', "amount: not a decimal"),
    "a third decimal": ("11,note,1.005,2024-03-05T08:00:00Z,2024-04-01", "amount: more than 2 decimals"),
    "an amount of 20 digits": (
        "11,note,12345678901234567890.00,2024-03-05T08:00:00Z,2024-04-01",
        "amount: outside 18 digits",
    ),
    "an amount beyond the contract": ("11,note,1000000.01,2024-03-05T08:00:00Z,2024-04-01", "amount: above 1000000"),
    "an id above int64": ("9223372036854775808,note,1.00,2024-03-05T08:00:00Z,2024-04-01", "sale_id: outside 64 bits"),
    "an id in scientific notation": ("1.1e1,note,1.00,2024-03-05T08:00:00Z,2024-04-01", "sale_id: not an integer"),
    "an id with decimals": ("11.0,note,1.00,2024-03-05T08:00:00Z,2024-04-01", "sale_id: not an integer"),
    "a blank before an id": (" 11,note,1.00,2024-03-05T08:00:00Z,2024-04-01", "sale_id: not an integer"),
    "a negative id": ("-1,note,1.00,2024-03-05T08:00:00Z,2024-04-01", "sale_id: below 0"),
    "30 February": ("11,note,1.00,2024-02-30T08:00:00Z,2024-04-01", "sold_at: no such date"),
    "29 February of a common year": ("11,note,1.00,2024-03-05T08:00:00Z,2023-02-29", "due_on: no such date"),
    "a time without an offset": (
        "11,note,1.00,2024-03-05T08:00:00,2024-04-01",
        "sold_at: not a timestamp with an offset",
    ),
    "25 o'clock": ("11,note,1.00,2024-03-05T25:00:00Z,2024-04-01", "sold_at: not a timestamp with an offset"),
    "a leap second": ("11,note,1.00,2024-03-05T23:59:60Z,2024-04-01", "sold_at: not a timestamp with an offset"),
    "a date of another country": ("11,note,1.00,2024-03-05T08:00:00Z,01.04.2024", "due_on: not a date"),
    "a clock that was never set": ("11,note,1.00,1970-01-01T00:00:00Z,2024-04-01", "sold_at: before 1990"),
    "the year 1": ("11,note,1.00,0001-03-05T08:00:00Z,2024-04-01", "sold_at: before 1990"),
    "in the future": ("11,note,1.00,2034-03-05T08:00:00Z,2024-04-01", "sold_at: more than 24 h after delivery"),
    "swapped columns": ("note,11,2024-03-05T08:00:00Z,1.00,2024-04-01", "sale_id: not an integer"),
}


def row_file_name(case: str) -> str:
    return f"sale_{DAY}_{list(ROWS).index(case)}.csv"


@pytest.fixture(scope="module")
def quarantined_rows(landed_once: Callable[[Mapping[str, bytes]], Shop]) -> Shop:
    return landed_once({row_file_name(case): with_row(row) for case, (row, _) in ROWS.items()})


@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_cannot_be_read_or_typed_is_quarantined_with_reason_and_line(
    quarantined_rows: Shop, case: str
) -> None:
    _, reason = ROWS[case]
    content = quarantined_rows.content_of(row_file_name(case))
    sha256 = content["content_sha256"]
    assert (content["status"], content["read_rows"], content["accepted_rows"]) == ("landed", 11, 10)
    (refused,) = quarantined_rows.quarantined(sha256=sha256)
    assert (refused["_line"], refused["reason"], refused["_content"]) == (7, reason, sha256)
    accepted = quarantined_rows.accepted(sha256=sha256)
    assert [line["sale_id"] for line in accepted] == list(range(1, 11))
    assert [line["_line"] for line in accepted] == [2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
    (counted,) = [row for row in quarantined_rows.rows(ledger.quarantine_reason) if row["content_sha256"] == sha256]
    assert (counted["reason"], counted["rows"]) == (reason, 1)


def test_an_unterminated_quote_refuses_every_line_from_there_on(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", with_row('11,"note,1.00,2024-03-05T08:00:00Z,2024-04-01'))
    shop.land()
    assert [(row["_line"], row["reason"]) for row in shop.quarantined()] == [
        (line, "unterminated_quote") for line in range(7, 13)
    ]
    content = shop.content()
    assert (content["read_rows"], content["accepted_rows"], content["quarantined_rows"]) == (11, 5, 6)
    assert content["status"] == "held"


def test_a_broken_row_that_swallows_lines_counts_as_all_of_them(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", with_row('11,"note,1.00\n12,"more",2.00,2024-03-05T08:00:00Z,2024-04-01'))
    shop.land()
    assert [(row["_line"], row["reason"]) for row in shop.quarantined()] == [(7, "bad_quote"), (8, "bad_quote")]
    assert shop.content()["read_rows"] == 12


def test_a_line_end_within_quotes_belongs_to_the_value(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", with_row('11,"first ""line""\nsecond, line",1.00,2024-03-05T08:00:00Z,2024-04-01'))
    shop.land()
    assert shop.quarantined() == []
    notes = {row["_line"]: row["note"] for row in shop.accepted()}
    assert notes[7] == 'first "line"\nsecond, line'
    assert notes[9] == "note 6"


@pytest.mark.parametrize("kept", [GOOD[:-12], GOOD[:-1]], ids=["half a line", "all but the line end"])
def test_a_last_row_that_may_have_been_cut_is_refused(shop: Shop, kept: bytes) -> None:
    shop.drop(f"sale_{DAY}.csv", kept)
    shop.land()
    (refused,) = shop.quarantined()
    assert refused["_line"] == 11
    assert refused["reason"] in ("ragged_row", "no_line_end")
    assert len(shop.accepted()) == 9


def test_a_last_row_without_a_line_end_is_taken_where_a_checksum_shows_the_file_is_whole(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv.gz", zipped(GOOD[:-1]))
    shop.land()
    assert len(shop.accepted()) == 10


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + GOOD, GOOD.replace(b"\n", b"\r\n"), GOOD + b"\n\n", GOOD.replace(b"note 3", b'"note 3"')],
    ids=["byte order mark", "CRLF", "empty lines", "quotes"],
)
def test_what_does_no_harm_is_accepted(shop: Shop, content: bytes) -> None:
    shop.drop(f"sale_{DAY}.csv", content)
    shop.land()
    assert [row["note"] for row in shop.accepted()] == [f"note {number}" for number in range(1, 11)]


def test_columns_in_another_order_are_taken_by_name(shop: Shop) -> None:
    rows = [",".join(reversed(row.split(","))) for row in SALES]
    shop.drop(f"sale_{DAY}.csv", sales(*rows, header=",".join(reversed(SALE_HEADER.split(",")))))
    shop.land()
    assert [(row["sale_id"], row["note"]) for row in shop.accepted()] == [(n, f"note {n}") for n in range(1, 11)]


def test_an_additional_column_is_accepted_and_recorded(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", sales(*(f"{row},x" for row in SALES), header=f"{SALE_HEADER},colour"))
    summary = shop.land()
    assert shop.content()["status"] == "landed"
    assert shop.content()["reason"] == "additional columns: colour"
    assert [drift["reason"] for drift in summary["drift"]] == ["additional columns: colour"]
    assert "colour" not in shop.accepted()[0]


@pytest.mark.parametrize(
    ("name", "content", "status", "reason"),
    [
        (f"sale_{DAY}.csv", sales(), "landed", ""),
        (f"person_{DAY}.csv.gz", zipped(b"person_id,name,email,city\n"), "refused", "zero_rows"),
        (f"person_{DAY}.csv.gz", zipped(b""), "refused", "empty_file"),
        (f"click_{DAY}.jsonl.zst", zstandard.compress(b""), "landed", ""),
        (f"click_{DAY}.jsonl", b"", "landed", ""),
        (f"click_{DAY}.jsonl.zst", b"", "refused", "empty_file"),
    ],
    ids=[
        "header, allowed",
        "header, not allowed",
        "empty, not allowed",
        "empty, allowed",
        "no bytes, allowed",
        "no zstd",
    ],
)
def test_an_empty_file_is_a_receipt_where_the_source_allows_it(
    shop: Shop, name: str, content: bytes, status: str, reason: str
) -> None:
    shop.drop(name, content)
    shop.land()
    landed = shop.content()
    assert (landed["status"], landed["read_rows"]) == (status, 0)
    assert landed["reason"].startswith(reason)
