"""F4 and P8: texts that are code somewhere, queries that want out, and one person's data in every field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from tests.faults import shop
from tests.faults.bench import Bench, assert_ended_well
from tests.faults.registry import fault


@fault("F401", promise=["P3"], quick=True)
def code_as_data(bench: Bench) -> None:
    """departments named like SQL and Jinja: stored literally"""
    bench.start_from("golden")
    found = {name for (name,) in bench.ask("select distinct department from fct_order_line")}
    assert set(shop.HOSTILE_TEXTS) <= found


@fault("F403", promise=["P2", "P7"], quick=True)
def queries_that_want_out(bench: Bench) -> None:
    """an analyst's query cannot read or write files, load, attach or change settings, and is stopped in time"""
    bench.start_from("golden")
    target = bench.folder / "out.csv"
    refused = [
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        f"copy fct_order to '{target}'",
        f"attach '{target}' as other",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "pragma disable_checkpoint_on_shutdown",
        "delete from fct_order",
        "select count(*) from range(1000000000) as a, range(1000000000) as b where hash(a, b) = 1",
    ]
    for query in refused:
        run = bench.regulars("sql", "-c", query, REGULARS_SQL_SECONDS="2")
        assert run.exit_code in (1, 2), f"{query} ended with {run.exit_code}: {run.told[:200]}"
        assert "Traceback" not in run.told, run.told
    assert not target.exists()


@fault("F405", promise=["P8"], quick=True)
def script_in_names(bench: Bench) -> None:
    """a segment and departments with markup in their names: escaped in the report"""
    bench.start_from("golden")
    page = (bench.home.published / "report.html").read_text()
    assert bench.ask("select name from dim_segment where segment_id = 'scripted'") == [
        ("<script>alert('segment')</script>",)
    ]
    assert "alert(" in page, "the segment is not in the report"
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert '"><img' not in page


@fault("F501", promise=["P8"], quick=True)
def canary(bench: Bench) -> None:
    """one person with unguessable strings: they stand in the inbox and in personal/ only, when all is decoded"""
    bench.start_from("golden")
    kept = [text for path in bench.home.personal.rglob("*.parquet") for text in _texts(path)]
    assert all(any(text in one for one in kept) for text in shop.CANARY[:3]), "the canary was never landed"
    for path in (*bench.home.landed.rglob("*.parquet"), *bench.home.publications.rglob("*.parquet")):
        found = [text for text in shop.CANARY[:3] for one in _texts(path) if text in one]
        assert not found, f"{path.name} holds {len(found)} personal values"
    assert bench.home.personal.stat().st_mode & 0o077 == 0
    assert_ended_well(bench.regulars("status"))


def _texts(path: Path) -> Iterator[str]:
    for column in pq.read_table(path, partitioning=None).columns:
        yield from (str(value) for value in column.to_pylist())
