"""The list of segments and the CSV of one, from a published file and by its rules: read-only, no way out."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regulars import warehouse
from regulars.activate.export import SegmentRow, export_segment, list_segments
from regulars.errors import UsageError

if TYPE_CHECKING:
    import duckdb

_MARTS = """
create schema regulars.marts;
create table regulars.marts.dim_segment as select * from (values
    ('families', 'Families', 'dynamic', 'kids count is not “0”', 'With children.'),
    ('empty', '=cmd()', 'static', 'record is one of 0 on the list a.csv', 'Nobody.')
) as rows (segment_id, name, kind, rule, description);
create table regulars.marts.segment_membership as
select *, timestamp '2018-01-01 05:00' as as_of from (values
    (12, 'families', timestamp '2017-12-31 05:00', 'LIVE'),
    (3, 'families', timestamp '2018-01-01 05:00', '@mode'),
    (7, 'families', timestamp '2018-01-01 05:00', 'SCHEDULE')
) as rows (customer_id, segment_id, entered_at, mode);
create table regulars.marts.bridge_customer_identifier as select * from (values
    (3, 'crm', '=1+2', 'household'), (3, 'transactions', '0003', 'household'), (3, 'transactions', '0003', 'card'),
    (12, 'crm', '-12', 'household'), (12, 'crm', '+11', 'household'), (9, 'web', 'w9', 'household')
) as rows (customer_id, source, record_key, identifier_type);
create table regulars.marts.customer_rfm as
select *, timestamp '2018-01-01 05:00' as as_of
from (values (3, 10.25::decimal(18, 2)), (12, 4.50), (9, 100.00)) as rows (customer_id, net_revenue);
insert into regulars.marts.customer_rfm values (3, 999.00, timestamp '2017-12-31 05:00')
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("publication")
    for name in ("regulars", "work"):
        warehouse.create(folder / f"{name}.duckdb")
    with warehouse.candidate(folder) as connection:
        connection.execute(_MARTS)
    with warehouse.published(folder / "regulars.duckdb") as connection:
        yield connection


def rows_in(path: Path) -> list[list[str]]:
    with path.open(newline="") as lines:
        return list(csv.reader(lines))


def test_every_segment_is_listed_with_members_and_revenue(published: duckdb.DuckDBPyConnection) -> None:
    assert list_segments(published) == [
        SegmentRow("empty", "=cmd()", "static", "record is one of 0 on the list a.csv", 0, Decimal("0.00")),
        SegmentRow("families", "Families", "dynamic", "kids count is not “0”", 3, Decimal("14.75")),
    ]


def test_the_csv_names_members_by_id_and_record_keys(published: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    out = tmp_path / "out" / "families.csv"
    assert export_segment(published, "families", out) == 3
    assert rows_in(out) == [
        ["customer_id", "crm_record_key", "transactions_record_key", "web_record_key", "entered_at", "mode"],
        ["3", "'=1+2", "0003", "", "2018-01-01T05:00:00Z", "'@mode"],
        ["7", "", "", "", "2018-01-01T05:00:00Z", "SCHEDULE"],
        ["12", "'+11|-12", "", "", "2017-12-31T05:00:00Z", "LIVE"],
    ]
    assert [path.name for path in out.parent.iterdir()] == ["families.csv"]


def test_no_cell_begins_like_a_formula(published: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    out = tmp_path / "families.csv"
    export_segment(published, "families", out)
    assert not [cell for row in rows_in(out) for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_standard_output_gets_the_same_text_as_a_file(
    published: duckdb.DuckDBPyConnection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_segment(published, "families", tmp_path / "families.csv")
    assert export_segment(published, "families") == 3
    assert capsys.readouterr().out == (tmp_path / "families.csv").read_text()


def test_a_segment_without_members_is_a_header(published: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert export_segment(published, "empty", tmp_path / "empty.csv") == 0
    assert len(rows_in(tmp_path / "empty.csv")) == 1


def test_an_unknown_segment_is_told_the_nearest_and_touches_no_file(
    published: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    out = tmp_path / "old.csv"
    out.write_text("old")
    with pytest.raises(UsageError, match=r"There is no segment 'familys'\. Did you mean 'families'\?"):
        export_segment(published, "familys", out)
    assert out.read_text() == "old"


def test_a_folder_is_no_file(published: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="This is a folder"):
        export_segment(published, "families", tmp_path)
