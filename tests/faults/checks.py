"""What is checked after every fault: no row lost, no personal value outside its places."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from regulars import ledger
from tests.faults import shop
from tests.faults.bench import Bench


def rows_lost(bench: Bench) -> int:
    """Rows that were read and are neither accepted nor refused, in the ledger and in what is published."""
    contents = bench.rows(ledger.content)
    landing = sum(abs(row["read_rows"] - row["accepted_rows"] - row["quarantined_rows"]) for row in contents)
    refused = sum(row["quarantined_rows"] + row["set_aside_rows"] for row in contents)
    reasons = sum(row["rows"] for row in bench.rows(ledger.quarantine_reason))
    published = 0
    if bench.home.in_front:
        published = int(bench.ask("select coalesce(sum(abs(lost_rows)), 0) from source_ledger")[0][0])
    return landing + abs(refused - reasons) + published


def personal_leaks(bench: Bench) -> list[str]:
    """Files that hold a string of the canary person, outside the inbox, ``personal/`` and landed rows.

    Searched byte by byte: logs, what was said, Airflow's database, the ledger, gate results, reports, dbt's folder.
    """
    strings = [text.encode() for text in shop.CANARY]
    return [
        str(path.relative_to(bench.folder))
        for path in _searched(bench)
        if any(one in path.read_bytes() for one in strings)
    ]


def _searched(bench: Bench) -> Iterator[Path]:
    home = bench.home
    yield from bench.folder.glob("said_*")
    yield from home.root.glob("operations.db*")
    for folder in (home.root / "airflow", home.root / "dbt", home.landed / "gates", home.publications, home.models):
        yield from (path for path in folder.rglob("*") if path.is_file())
