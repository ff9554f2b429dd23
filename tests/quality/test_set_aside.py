"""Refused rows: each once, with one reason, the gravest first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import warehouse
from regulars.quality.findings import Finding
from regulars.quality.set_aside import REASON_PREFIX, refuse, write_refused

if TYPE_CHECKING:
    import duckdb

ROWS = 12


def finding(name: str, severity: str, sql: str | None) -> Finding:
    return Finding("landed", "shop__sale", name, severity, False, 1, ROWS, "d", sql)


def table(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create or replace table shop__sale as select if(i % 2 = 0, 'a', 'b') as _content, i as _line, "
        f"timestamp '2017-03-01' as _known_at from range({ROWS}) as numbers (i)"
    )


def lines_sql(lines: set[int]) -> str:
    return f"select * from shop__sale where _line in ({', '.join(map(str, sorted(lines)))})"


line_sets = st.lists(
    st.tuples(st.sampled_from(["critical", "warning"]), st.sets(st.integers(0, ROWS - 1), min_size=1)), max_size=4
)


@given(rules=line_sets)
@settings(max_examples=25)
def test_every_refused_row_is_counted_once_under_the_first_and_gravest_rule(rules: list[tuple[str, set[int]]]) -> None:
    findings = [finding(f"rule_{i}", severity, lines_sql(lines)) for i, (severity, lines) in enumerate(rules)]
    expected: dict[int, str] = {}
    for severity in ("critical", "warning"):
        for i, (of_rule, lines) in enumerate(rules):
            if of_rule == severity:
                for line in lines:
                    expected.setdefault(line, f"{REASON_PREFIX}rule_{i}")
    with warehouse.memory() as connection:
        table(connection)
        refusals = refuse(connection, findings, ["a", "b"])
        named = dict(connection.execute("select _line, reason from refused").fetchall())
    assert named == expected
    assert refusals.count("a") + refusals.count("b") == len(expected)
    critical = set().union(*(lines for severity, lines in rules if severity == "critical"))
    assert set(refusals.held_by) == {"ab"[line % 2] for line in critical}


def test_critical_claim_about_the_whole_table_holds_every_content() -> None:
    with warehouse.memory() as connection:
        table(connection)
        refusals = refuse(connection, [finding("there_is_a_row", "critical", None)], ["a", "b"])
    assert refusals.held_by == {"a": "there_is_a_row", "b": "there_is_a_row"}
    assert refusals.count("a") == 0


def test_quarantine_file_of_a_content_without_refused_rows_is_taken_away(tmp_path: Path) -> None:
    with warehouse.memory() as connection:
        table(connection)
        for lines, left in (({0, 1}, {"a", "b"}), ({1}, {"b"})):
            refusals = refuse(connection, [finding("rule", "warning", lines_sql(lines))], ["a", "b"])
            write_refused(connection, tmp_path, ["a", "b"], refusals)
            assert {path.name.removesuffix(".gate.parquet") for path in tmp_path.iterdir()} == left
