"""Both ways of reading CSV give the same rows wherever the fast one is taken."""

from __future__ import annotations

import csv
import io
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.land import csv_reader
from regulars.land.csv_reader import read_csv
from regulars.sources import Column, SourceEntity

ENTITY = SourceEntity(
    source="shop",
    entity="note",
    description="",
    owner="",
    cadence="daily",
    delivers="rows",
    pattern="note_{business_date}.csv",
    format="csv",
    declared_delay_hours=0,
    allow_empty="header_only",
    max_bad_rate=0,
    null_values=(),
    columns=(Column("a", "text"), Column("b", "text"), Column("c", "text")),
)
HEADER = b"a,b,c\n"
EASY = st.text(st.characters(codec="utf-8", exclude_characters=',"\r\n\0', exclude_categories=["Cs"]), max_size=8)
HARD = st.text(st.sampled_from([*"a,\"' ;é\n\r\t", "\0"]), max_size=6)


def fast(content: bytes) -> list[dict[str, str]] | None:
    rows = csv_reader._read_plain(content, ["a", "b", "c"], ENTITY)
    return None if rows is None else rows.to_pylist()


def careful(content: bytes) -> tuple[list[dict[str, str]], list[tuple[int, str]]]:
    lines = content.removesuffix(b"\n").split(b"\n")
    rows, refused = csv_reader._read_carefully(lines, ["a", "b", "c"], ENTITY, is_cut=False)
    return rows.to_pylist(), [(row.line, row.reason) for row in refused]


@settings(max_examples=150)
@given(st.lists(st.tuples(EASY, EASY, EASY), max_size=6))
def test_plain_rows_are_read_at_once_and_as_carefully(rows: list[tuple[str, str, str]]) -> None:
    content = HEADER + "".join(f"{','.join(row)}\n" for row in rows).encode()
    expected = [dict(zip("abc", row, strict=True), _line=line) for line, row in enumerate(rows, start=2)]
    assert fast(content) == expected
    assert careful(content) == (expected, [])


@settings(max_examples=300)
@given(st.lists(st.lists(HARD, min_size=1, max_size=4).map(",".join), max_size=5), st.sampled_from(["\n", "\r\n"]))
def test_where_the_fast_reader_does_not_decline_it_gives_what_the_careful_one_gives(lines: list[str], end: str) -> None:
    content = HEADER.replace(b"\n", end.encode()) + "".join(f"{line}{end}" for line in lines).encode()
    at_once = fast(content)
    assert at_once is None or (at_once, []) == careful(content)


@settings(max_examples=150)
@given(st.lists(st.tuples(*[st.text(st.sampled_from('a,"é\n'), max_size=6)] * 3), max_size=5), st.sampled_from("\n"))
def test_what_a_csv_writer_writes_comes_back(rows: list[tuple[str, ...]], end: str) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
    content = buffer.getvalue().encode()
    reading = read_csv(content, ENTITY, is_proven_whole=False)
    assert [tuple(row[name] for name in "abc") for row in reading.rows.to_pylist()] == rows
    assert fast(content) == reading.rows.to_pylist() == careful(content)[0]
    assert reading.refused == []


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_are_accounted_for_line_by_line(body: bytes) -> None:
    reading = read_csv(HEADER + body, ENTITY, is_proven_whole=True)
    accepted = reading.rows["_line"].to_pylist()
    lines = (HEADER + body).removesuffix(b"\n").split(b"\n")
    assert set(accepted).isdisjoint(row.line for row in reading.refused)
    told = {*accepted, *(row.line for row in reading.refused)}
    assert all(
        number in told or not line.strip(b"\r") or b'"' in body for number, line in enumerate(lines[1:], start=2)
    )


def test_an_empty_line_is_no_row_and_moves_no_line_number() -> None:
    reading = read_csv(HEADER + b"1,2,3\n\n4,5,6\n", ENTITY, is_proven_whole=True)
    assert reading.rows["_line"].to_pylist() == [2, 4]
    assert reading.refused == []


def test_columns_in_another_order_are_taken_by_name_both_ways() -> None:
    at_once = read_csv(b"c,more,a,b\n3,x,1,2\n", ENTITY, is_proven_whole=True)
    carefully = read_csv(b'c,more,a,b\n3,x,1,2\n3,"x"y,1,2\n', ENTITY, is_proven_whole=True)
    assert at_once.rows == carefully.rows
    assert at_once.rows.to_pylist() == [{"a": "1", "b": "2", "c": "3", "_line": 2}]
    assert at_once.drift == carefully.drift == "additional columns: more"


def test_a_refused_row_tells_its_text() -> None:
    reading = read_csv(HEADER + b"1,2,3\n1,2\n", ENTITY, is_proven_whole=True)
    (refused,) = reading.refused
    assert (refused.line, refused.raw) == (3, "1,2")
    assert reading.raw_row(2) == "1,2,3"


def test_an_open_quote_does_not_take_longer_the_longer_the_file_is() -> None:
    rng = random.Random(3)
    rows = b"".join(b"%d,%d,%d\n" % (rng.randrange(9), rng.randrange(9), rng.randrange(9)) for _ in range(200_000))
    reading = read_csv(HEADER + b'1,"2,3\n' + rows, ENTITY, is_proven_whole=True)
    assert len(reading.refused) == 200_001
