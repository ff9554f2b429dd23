"""Which landed rows a gate refuses, by the very queries GX judged them by, and the files that name them.

A refused row is named by content and line with one reason: the first claim it breaks, critical ones first. Its values
stay where they landed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from regulars import durable
from regulars.quality.findings import Finding
from regulars.quality.suites import CRITICAL, INFO
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

REASON_PREFIX = "gate: "
"""Begins the reason of every row and content a gate refused; what landing refused has reasons without it."""


@dataclass
class Refusals:
    """What one entity's suite refused. Rows by reason for each content, and what holds a content whole.

    held_by: expectation by content (sha256) when a critical claim broke. A critical claim about the table as a whole
    holds every content.
    """

    rows: dict[str, Counter[str]] = field(default_factory=dict)
    held_by: dict[str, str] = field(default_factory=dict)

    def count(self, content_sha256: str) -> int:
        """Rows of a content that were refused."""
        return self.rows.get(content_sha256, Counter()).total()


def refuse(connection: duckdb.DuckDBPyConnection, findings: Sequence[Finding], contents: Sequence[str]) -> Refusals:
    """Collect the refused rows of one entity in the table ``refused``: (_content, _line, _known_at, reason).

    ``findings`` are those of one table, ``contents`` the sha256 of what was judged.
    """
    failed = [finding for finding in findings if not finding.success and finding.severity != INFO]
    failed.sort(key=lambda finding: finding.severity != CRITICAL)
    connection.execute(
        "create or replace table refused (_content varchar, _line bigint, _known_at timestamp, reason varchar)"
    )
    refusals = Refusals()
    for finding in failed:
        if finding.failing_rows_sql is None:
            refusals.held_by |= {sha: finding.expectation for sha in contents if sha not in refusals.held_by}
            continue
        broken = _add(connection, finding)
        if finding.severity == CRITICAL:
            refusals.held_by |= {sha: finding.expectation for sha in broken if sha not in refusals.held_by}
    counted = connection.execute("select _content, reason, count(*) from refused group by all order by all").fetchall()
    for sha, reason, rows in counted:
        refusals.rows.setdefault(sha, Counter())[reason] = rows
    return refusals


def _add(connection: duckdb.DuckDBPyConnection, finding: Finding) -> list[str]:
    rows = (
        f'select distinct _content, _line, _known_at from "{finding.table_name}" '
        f"semi join ({finding.failing_rows_sql}) as failing using (_content, _line)"
    )
    connection.execute(f"create or replace temp table broken as {rows}")
    connection.execute(
        "insert into refused select *, ? from broken anti join refused using (_content, _line)",
        [REASON_PREFIX + finding.expectation],
    )
    contents = connection.execute("select distinct _content from broken order by all").fetchall()
    return [sha for (sha,) in contents]


def write_refused(
    connection: duckdb.DuckDBPyConnection, folder: Path, contents: Sequence[str], refusals: Refusals
) -> None:
    """Leave ``<sha256>.gate.parquet`` for each content with refused rows, and none for the others.

    Columns: _content, _line, _known_at (the row's age is counted from it), reason; sorted by line.
    """
    for sha in contents:
        path = folder / f"{sha}.gate.parquet"
        if not refusals.count(sha):
            path.unlink(missing_ok=True)
            continue
        rows = f"select * from refused where _content = {quoted(sha)} order by _line"
        durable.write_whole(path, partial(_copy, connection, rows))


def _copy(connection: duckdb.DuckDBPyConnection, rows: str, part: Path) -> None:
    connection.execute(f"copy ({rows}) to {quoted(part)} (format parquet)")
