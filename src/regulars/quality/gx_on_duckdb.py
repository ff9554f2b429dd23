"""Great Expectations 1.24 on DuckDB: the three things it needs to be told before it can judge a DuckDB table.

GX reaches DuckDB through SQLAlchemy (`duckdb-engine`), so this is the one place beside `warehouse` where a DuckDB file
is opened, and always read-only. Each workaround names what upstream does; a test fails when it is no longer needed.
GX takes seconds to import, so it is imported inside functions only.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.warehouse import MEMORY_LIMIT, quoted

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.datasource.fluent import SQLDatasource


class _Dialect(StrEnum):
    DUCKDB = "duckdb"


def import_quietly() -> Any:
    """Great Expectations, with its analytics off (no call to the network) and its log at errors only."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations

    # Only now: importing it sets its level to INFO.
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return great_expectations


@contextmanager
def opened(files: Mapping[str, Path], search_path: str) -> Iterator[tuple[EphemeralDataContext, SQLDatasource]]:
    """A GX context that lives in memory, and its data source over ``files``, attached read-only by catalog name.

    ``search_path`` is DuckDB's: table names without a schema are looked up there. The files are released at the end.
    """
    gx = import_quietly()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    with _connections_held(), _session_prepared(files, search_path):
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        source = context.data_sources.add_sql("duckdb", connection_string="duckdb:///:memory:", create_temp_table=False)
        try:
            yield context, source
        finally:
            release(source)


@contextmanager
def _connections_held() -> Iterator[None]:
    """Let GX keep its connection while it reads results.

    GX closes the connection before it reads the rows of a bundle of metrics; duckdb-engine has nothing left to give
    then, and every expectation ends in `list index out of range` (Great Expectations issues 10738 and 11579).
    GX keeps the connection for the dialects in a tuple of its own, which DuckDB is not in.
    """
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    before = engine._PERSISTED_CONNECTION_DIALECTS
    engine._PERSISTED_CONNECTION_DIALECTS = (*before, _Dialect.DUCKDB)  # type: ignore[assignment]
    try:
        yield
    finally:
        engine._PERSISTED_CONNECTION_DIALECTS = before


@contextmanager
def _session_prepared(files: Mapping[str, Path], search_path: str) -> Iterator[None]:
    """Attach the files and set the search path in each DuckDB session that opens meanwhile.

    GX deprecates the schema of a table asset and, for a dialect it does not know, drops it when it writes SQL; DuckDB
    then asks `Did you mean "marts.customer_rfm"?`. So tables are named without a schema and found by the search path.
    (No upstream issue was found for it.)
    """
    import sqlalchemy as sa

    def prepare(connection: Any, _record: object) -> None:
        if not type(connection).__module__.startswith("duckdb_engine"):
            return
        session = connection.cursor()
        session.execute("set TimeZone = 'UTC'")
        session.execute("set enable_progress_bar = false")
        session.execute(f"set memory_limit = {quoted(MEMORY_LIMIT)}")
        for catalog, path in files.items():
            session.execute(f'attach if not exists {quoted(path)} as "{catalog}" (read_only)')
        session.execute(f"set search_path = {quoted(search_path)}")

    sa.event.listen(sa.engine.Engine, "connect", prepare)
    try:
        yield
    finally:
        sa.event.remove(sa.engine.Engine, "connect", prepare)


def release(source: SQLDatasource) -> None:
    """Close every connection of ``source``, so that the next step can write to the files.

    The data source has a second engine of its own for its connection test, which `execution_engine.close()` knows
    nothing of; the files stay attached, and the next writer is told that there is a connection with a different
    configuration, or that the file is locked. (No upstream issue was found for it on DuckDB.)
    """
    source.get_execution_engine().close()
    source.get_engine().dispose()
