"""The content hash says what a table says and nothing else; published files open in older clients."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import warehouse

ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-(2**62), 2**62)),
        st.one_of(st.none(), st.text(max_size=8)),
        st.one_of(st.none(), st.decimals(-(10**9), 10**9, places=2, allow_nan=False)),
    ),
    max_size=30,
)


def hashed(rows: list[tuple[object, ...]], zone: str = "UTC") -> str:
    with warehouse.memory() as connection:
        connection.execute(f"set TimeZone = '{zone}'")
        connection.execute("create table t (a bigint, b varchar, c decimal(18, 2), run_id varchar)")
        for row in rows:
            connection.execute("insert into t values (?, ?, ?, 'x')", list(row))
        return warehouse.content_hash(connection, "t", without=frozenset({"run_id"}))


@settings(max_examples=25)
@given(rows=ROWS, data=st.data())
def test_the_order_of_rows_and_the_zone_of_the_session_do_not_count(
    rows: list[tuple[object, ...]], data: st.DataObject
) -> None:
    assert hashed(rows) == hashed(data.draw(st.permutations(rows)), zone="Asia/Kathmandu")


@settings(max_examples=25)
@given(rows=ROWS.filter(bool))
def test_a_row_more_or_twice_counts(rows: list[tuple[object, ...]]) -> None:
    assert len({hashed(rows), hashed(rows[1:]), hashed(rows + rows[:1])}) == 3


def test_a_column_left_out_does_not_count_and_its_name_does() -> None:
    with warehouse.memory() as connection:
        connection.execute("create table t as select 1 as a, 'r1' as run_id")
        first = warehouse.content_hash(connection, "t", without=frozenset({"run_id"}))
        connection.execute("update t set run_id = 'r2'")
        assert warehouse.content_hash(connection, "t", without=frozenset({"run_id"})) == first
        connection.execute("alter table t rename a to b")
        assert warehouse.content_hash(connection, "t", without=frozenset({"run_id"})) != first


def test_one_writer_shuts_a_reader_of_the_same_file_out(tmp_path: Path) -> None:
    warehouse.create(tmp_path / "regulars.duckdb")
    warehouse.create(tmp_path / "work.duckdb")
    program = f"import duckdb; duckdb.connect({str(tmp_path / 'regulars.duckdb')!r}, read_only=True)"

    with warehouse.candidate(tmp_path):
        outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "Could not set lock" in outcome.stderr


@pytest.mark.parametrize("name", ["plain", "o'clock", 'a"b'])
def test_a_text_becomes_one_literal(name: str) -> None:
    assert duckdb.execute(f"select {warehouse.quoted(name)}").fetchone() == (name,)


def test_what_memory_does_not_hold_goes_where_personal_values_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, personal = tmp_path / "elsewhere", tmp_path / "personal"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with warehouse.memory(spill=personal) as connection:
        connection.execute("set memory_limit = '40MB'")
        connection.execute(
            "create table people as select md5(i::varchar) || i as name from range(2_000_000) as row (i)"
        )
        assert list((personal / ".spilled").iterdir())
    assert not list(elsewhere.iterdir())
