"""SQL for analysts: one query or a prompt, on the published file, read-only and shut off from everything else."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

import click
import yaml

from regulars import config, warehouse
from regulars.errors import UsageError

if TYPE_CHECKING:
    import duckdb

SECONDS = int(os.environ.get("REGULARS_SQL_SECONDS", "60"))
"""A query that runs longer is stopped."""

_SCREEN_ROWS = 200


def answer(database: Path, query: str, shape: str) -> None:
    """Print the result of one query as a table, CSV or JSON. Raises UsageError in DuckDB's words when it is wrong."""
    with warehouse.published(database) as connection:
        _print(connection, query, shape)


def prompt(database: Path) -> None:
    """Tables, saved queries, then a prompt until `exit`."""
    saved = saved_queries()
    with warehouse.published(database) as connection:
        click.echo("Tables: " + ", ".join(_tables(connection)))
        for name, entry in saved.items():
            click.echo(f"  {name:24} {entry['title']}")
        click.echo("Type SQL, the name of a saved query, or exit.")
        while True:
            try:
                line = input("regulars> ").strip().rstrip(";")
            except EOFError:
                return
            if line in {"exit", "quit", ".quit"}:
                return
            if line:
                try:
                    _print(connection, saved[line]["sql"] if line in saved else line, "table")
                except UsageError as error:
                    click.echo(str(error), err=True)


def saved_queries() -> dict[str, dict[str, str]]:
    """The queries the documentation shows, by name: title and sql."""
    entries: dict[str, dict[str, str]] = yaml.safe_load((config.PROJECT / "docs" / "queries.yml").read_text())
    return entries


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in connection.execute("select table_name from duckdb_tables() order by all").fetchall()]


def _print(connection: duckdb.DuckDBPyConnection, query: str, shape: str) -> None:
    names, rows = _run(connection, query)
    if shape == "json":
        click.echo(json.dumps([dict(zip(names, map(_plain, row), strict=True)) for row in rows], ensure_ascii=False))
    elif shape == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    else:
        click.echo(table_text(names, rows))


def _run(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    watch = Timer(SECONDS, connection.interrupt)
    watch.start()
    try:
        found = connection.execute(query)
        return [entry[0] for entry in found.description or []], found.fetchall()
    except Exception as problem:
        kind = type(problem).__name__
        if kind == "InterruptException":
            raise UsageError(
                f"Stopped after {SECONDS} seconds", next_step="ask for less, or set REGULARS_SQL_SECONDS"
            ) from None
        if type(problem).__module__.startswith(("duckdb", "_duckdb")):
            raise UsageError(str(problem).strip()) from None
        raise
    finally:
        watch.cancel()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def table_text(names: Sequence[str], rows: Sequence[tuple[Any, ...]], *, counted: bool = True) -> str:
    """Rows as a table as wide as the screen (200 signs without one); beyond 200 rows only their number.

    ``counted``: the last line says how many there are.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for position, name in enumerate(names):
        numbers = bool(rows) and all(isinstance(row[position], int | float | Decimal) for row in rows)
        table.add_column(name, justify="right" if numbers else "left", no_wrap=position == 0)
    for row in rows[:_SCREEN_ROWS]:
        table.add_row(*[Text(_shown(value)) for value in row])
    console = Console(width=None if sys.stdout.isatty() else 200)
    with console.capture() as captured:
        console.print(table)
    more = f"{len(rows):,} rows, the first {_SCREEN_ROWS} shown" if len(rows) > _SCREEN_ROWS else f"{len(rows):,} rows"
    lines = [line.rstrip() for line in captured.get().splitlines()]
    return "\n".join([*[line for line in lines if line], *([more] if counted else [])])


def _shown(value: Any) -> str:
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return f"{value:,}"
    return "" if value is None else str(value)
