"""The only module that opens DuckDB.

A file has one writer, and a writer shuts readers out; so a night writes a private candidate, and readers open what was
published, read-only. Every connection speaks UTC, and spills to disk rather than fail.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb

from regulars.errors import RegularsError

Error = duckdb.Error
"""What DuckDB raises, for whoever looks at files nobody knows yet."""

ReadError = duckdb.IOException
"""The same for a file that cannot be read: it is not there, cut off, or damaged."""

STORAGE_VERSION = "v1.4.0"
"""Files are written so that analysts' DuckDB clients from 1.4 on can open them."""

MEMORY_LIMIT = os.environ.get("REGULARS_MEMORY_LIMIT", "4GB")


def _set_up(connection: duckdb.DuckDBPyConnection, spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    if spill:
        spill.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection.execute("set temp_directory = ?", [str(spill / ".spilled")])
    connection.execute("set memory_limit = ?", [MEMORY_LIMIT])
    return _speak_utc(connection)


def _speak_utc(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    return connection


@contextmanager
def memory(*, spill: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own in memory, gone at the end. What memory does not hold goes to the folder ``spill``, where
    one is named: personal values may not go elsewhere.
    """
    with duckdb.connect() as connection:
        yield _set_up(connection, spill)


@contextmanager
def temporary() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for temporary tables and views, which nobody else sees and which are gone at the end.

    All in this process share one database in memory, as to start one takes as long as to read a day of events. It
    spills nothing: personal values may go nowhere.
    """
    with _shared().cursor() as connection:
        yield _speak_utc(connection)


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    connection = _set_up(duckdb.connect())
    connection.execute("set temp_directory = ''")
    return connection


@contextmanager
def scratch(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A file of one step's own, made when it is not there; whoever makes it removes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        yield _set_up(connection)


def create(path: Path) -> None:
    """A new empty file in the storage version analysts can read. An old one at ``path`` is removed."""
    for leftover in (path, wal_of(path)):
        leftover.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach {quoted(path)} as fresh (storage_version '{STORAGE_VERSION}')")
        connection.execute("detach fresh")


@contextmanager
def candidate(
    folder: Path, *, read_only: bool = False, spill: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The private candidate in ``folder``: catalogs ``regulars`` (schema marts) and ``work``.

    ``spill``: as in `memory`.
    """
    mode = "read_only" if read_only else "read_write"
    with duckdb.connect() as connection:
        _set_up(connection, spill)
        connection.execute(f"attach {quoted(folder / 'regulars.duckdb')} as regulars ({mode})")
        connection.execute(f"attach {quoted(folder / 'work.duckdb')} as work ({mode})")
        connection.execute("use regulars")
        yield connection


@contextmanager
def published(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published file, read-only, with every way out of the database locked. Tables need no schema.

    Each connection attaches it to a database of its own, so that several threads may read at once: connections that
    share one could not be set up after the first has locked it.
    """
    if not path.exists():
        raise RegularsError("Nothing has been published yet", where=str(path), next_step="run `make run`")
    with duckdb.connect() as connection:
        _set_up(connection)
        connection.execute(f"attach {quoted(path.resolve())} as regulars (read_only)")
        connection.execute("use regulars.marts")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection


def quoted(value: object) -> str:
    """A text as a SQL literal: for the few places where SQL takes no parameter (attach, copy)."""
    return "'" + str(value).replace("'", "''") + "'"


def named(column: str) -> str:
    """A column of a file somebody brought, as an SQL identifier, whatever it is called."""
    return '"' + column.replace('"', '""') + '"'


def wal_of(path: Path) -> Path:
    """The write-ahead log DuckDB keeps beside ``path`` while it is being written."""
    return path.with_name(path.name + ".wal")


def tables(connection: duckdb.DuckDBPyConnection, schema: str = "marts") -> list[str]:
    """Names of the tables of ``schema`` in the current catalog, sorted."""
    rows = connection.execute(
        "select table_name from information_schema.tables where table_catalog = current_database() "
        "and table_schema = ? order by all",
        [schema],
    ).fetchall()
    return [name for (name,) in rows]


def content_hash(connection: duckdb.DuckDBPyConnection, table: str, *, without: frozenset[str] = frozenset()) -> str:
    """Hash of what ``table`` says: the same for any order of rows, any file, any session time zone.

    Columns named in ``without`` (ids of runs, clocks) do not count. Names and types of the columns do.
    """
    described = connection.execute(f"describe {table}").fetchall()
    columns = [(name, kind) for name, kind, *_ in described if name not in without]
    row = "hash(" + ", ".join(f'"{name}"' for name, _ in columns) + ")"
    counted = connection.execute(
        f"select count(*), coalesce(sum({row}::hugeint), 0)::varchar, coalesce(bit_xor({row}), 0)::varchar from {table}"
    ).fetchone()
    return hashlib.sha256(repr((table, columns, counted)).encode()).hexdigest()
