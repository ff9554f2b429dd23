"""A log as it is read: every row used or set aside, times and amounts as they are written."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ml.forecast.log import read_log
from regulars import warehouse
from regulars.errors import RegularsError, UsageError
from tests.ml.forecast.logs import write_rows


def _read(path: Path, **mapped: str):
    with warehouse.memory() as connection:
        read = read_log(connection, path, mapped)
        rows = connection.sql(
            "select customer_key, purchase.* exclude (known_from, known_until) "
            "from purchase join customer using (customer)"
        ).fetchall()
    return read, sorted(rows)


@pytest.mark.parametrize(
    ("written", "style"),
    [
        ("2024-03-31 14:05:00", "year-month-day"),
        ("2024-03-31T14:05:00Z", "year-month-day"),
        ("2024-03-31T14:05:00.000-05:00", "year-month-day"),
        ("31.03.2024 14:05", "day.month.year"),
        ("03/31/2024 2:05 PM", "month/day/year"),
        ("31/03/2024 14:05:00", "day/month/year"),
        ("2024/03/31 14:05", "year/month/day"),
        ("1711893900", "seconds"),
        ("1711893900000", "milliseconds"),
    ],
)
def test_the_time_is_that_of_the_files_own_clock(tmp_path: Path, written: str, style: str) -> None:
    read, rows = _read(write_rows(tmp_path / "log.csv", "customer;time;amount", f"a;{written};5", f"b;{written};6"))
    assert read.times == style
    assert [row[2] for row in rows] == [datetime(2024, 3, 31, 14, 5)] * 2


def test_every_row_is_used_or_set_aside_with_its_reason(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "log.csv",
        "customer_id,date,amount,order_id",
        "1,2024-01-01,10.50,o1",
        "1,2024-01-01,2.50,o1",
        "2,2024-01-02,3,o2",
        ",2024-01-02,3,o3",
        "2,soon,3,o4",
        "2,2024-01-03,three,o5",
        "2,2024-01-03,3,o6,too,many",
    )
    read, rows = _read(path)
    assert (read.rows, len(rows)) == (7, 2)
    assert read.set_aside == {
        "no customer": 1,
        "no time that can be read": 1,
        "no amount that can be read": 1,
        "not as many fields as the first row": 1,
    }
    assert [(row[0], row[3], row[5]) for row in rows] == [(1, Decimal("13.0000"), 2), (2, Decimal("3.0000"), 1)]


def test_a_refund_takes_from_revenue_and_is_no_order(tmp_path: Path) -> None:
    _, rows = _read(write_rows(tmp_path / "log.csv", "customer,date,amount", "a,2024-01-01,9", "a,2024-01-05,-4"))
    assert [(row[3], row[4]) for row in rows] == [(Decimal("9.0000"), True), (Decimal("-4.0000"), False)]


def test_amounts_are_read_with_a_comma_for_their_decimals_where_they_are_written_so(tmp_path: Path) -> None:
    _, rows = _read(
        write_rows(tmp_path / "a.csv", "customer;date;amount", "a;2024-01-01;1.234,50", "b;2024-01-01;7,25")
    )
    assert [row[3] for row in rows] == [Decimal("1234.5000"), Decimal("7.2500")]
    _, rows = _read(write_rows(tmp_path / "b.csv", "customer;date;amount", "a;2024-01-01;$1,234.50", "b;2024-01-01;7"))
    assert [row[3] for row in rows] == [Decimal("1234.5000"), Decimal("7.0000")]


def test_a_price_of_one_piece_is_multiplied_with_how_many(tmp_path: Path) -> None:
    rows = ("1;A;2024-03-01;3;2.55", "2;A;2024-03-02;-1;2.55", "3;A;2024-03-03;x;2.55")
    read, found = _read(write_rows(tmp_path / "log.csv", "Invoice;Customer ID;InvoiceDate;Quantity;Price", *rows))
    assert [row[3] for row in found] == [Decimal("7.65"), Decimal("-2.55")]
    assert read.set_aside == {"no amount that can be read": 1}


def test_a_file_of_an_older_tool_is_read_in_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes("customer,date,amount,item\nZoë,2024-01-01,5,café\nMax,2024-01-02,6,tea\n".encode("latin-1"))
    read, rows = _read(path)
    assert (read.rows, read.set_aside) == (2, {})
    assert [row[0] for row in rows] == ["Max", "Zoë"]


def test_keys_are_numbers_only_where_all_are_written_as_such(tmp_path: Path) -> None:
    _, numbers = _read(write_rows(tmp_path / "a.csv", "customer,date,amount", "7,2024-01-01,1", "12,2024-01-01,1"))
    _, texts = _read(write_rows(tmp_path / "b.csv", "customer,date,amount", "007,2024-01-01,1", "12,2024-01-01,1"))
    assert ([row[0] for row in numbers], [row[0] for row in texts]) == ([7, 12], ["007", "12"])


def test_a_parquet_file_is_read_as_its_types_are(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    with warehouse.memory() as connection:
        connection.execute(
            "copy (select 5 as customer_id, timestamp '2024-01-01 10:00:00' as ordered_at, 2.5::double as amount) "
            f"to '{path}' (format parquet)"
        )
    _, rows = _read(path)
    assert rows == [(5, 1, datetime(2024, 1, 1, 10), Decimal("2.5000"), True, 1, 0)]


def test_a_file_that_is_no_log_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        _read(tmp_path / "none.csv")
    with pytest.raises(RegularsError, match="no header of at least three columns"):
        _read(write_rows(tmp_path / "bare.csv", "hello"))
    with pytest.raises(RegularsError, match="Not one of 1 rows can be used: 1 with no time that can be read"):
        _read(write_rows(tmp_path / "bad.csv", "customer,date,amount", "a,never,3"))
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    with pytest.raises(RegularsError, match="cannot be read"):
        _read(broken)
