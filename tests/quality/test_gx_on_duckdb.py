"""The three workarounds: each test fails when Great Expectations no longer needs its workaround, which may then go."""

from __future__ import annotations

import logging
import os
import socket
from contextlib import nullcontext
from pathlib import Path

import great_expectations as gx
import great_expectations.expectations as gxe
import pytest
from great_expectations.datasource.fluent import SQLDatasource

from regulars import warehouse
from regulars.quality import gx_on_duckdb
from regulars.quality.judge import judge
from regulars.quality.suites import load_suites


def judge_segments(tables: Path) -> None:
    judge(load_suites("segments"), {"regulars": tables / "regulars.duckdb"}, "regulars.marts")


def messages_of_gx(tables: Path, search_path: str, **asset: str) -> str:
    """What GX says of one simple claim about a table it should be able to judge; empty when all is well."""
    with gx_on_duckdb.opened({"regulars": tables / "regulars.duckdb"}, search_path) as (context, source):
        batch = source.add_table_asset("t", table_name="dim_segment", **asset).add_batch_definition_whole_table("all")
        claim = gxe.ExpectColumnValuesToNotBeNull(column="segment_id")
        suite = context.suites.add(gx.ExpectationSuite(name="s", expectations=[claim]))
        run = context.validation_definitions.add(gx.ValidationDefinition(name="v", data=batch, suite=suite))
        [result] = run.run().results
        assert result.exception_info is not None
        return "" if result.success else str(result.exception_info)


def test_gx_still_loses_results_when_its_connection_is_not_held(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert messages_of_gx(tables, "regulars.marts") == ""
    monkeypatch.setattr(gx_on_duckdb, "_connections_held", nullcontext)
    assert "list index out of range" in messages_of_gx(tables, "regulars.marts")


@pytest.mark.filterwarnings("ignore:`schema_name` is deprecated")
def test_gx_still_drops_the_schema_of_a_table(tables: Path) -> None:
    assert 'Did you mean "marts.dim_segment"' in messages_of_gx(tables, "regulars.main", schema_name="marts")


def test_gx_still_keeps_the_file_open_after_close(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []

    def close_as_gx_does(source: SQLDatasource) -> None:
        source.get_execution_engine().close()
        kept.append(source)

    database = tables / "regulars.duckdb"
    monkeypatch.setattr(gx_on_duckdb, "release", close_as_gx_does)
    judge_segments(tables)
    with pytest.raises(Exception, match=r"different configuration|Could not set lock|file handle conflict"):
        write(database)
    kept[0].get_engine().dispose()
    write(database)


def write(database: Path) -> None:
    with warehouse.scratch(database) as connection:
        connection.execute("create or replace table marts.later as select 1 as one")


def test_gx_makes_no_call_to_the_network_and_says_nothing(
    tables: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a call to the network"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("a name was looked up"))
    judge_segments(tables)
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
    assert not logging.getLogger("great_expectations.data_context").isEnabledFor(logging.WARNING)
    assert "".join(capfd.readouterr()) == ""
