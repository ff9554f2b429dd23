"""Rows of a table or query of PostgreSQL: one read-only transaction, and a cursor at the server, so few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from regulars.errors import UsageError, did_you_mean
from regulars.pull.connection import Connection
from regulars.sources import Pull

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

Row = dict[str, Any]

_ROWS_AT_ONCE = 5_000
_TIMESTAMP, _TIMESTAMP_WITH_ZONE = 1114, 1184
"""PostgreSQL's own numbers of its types."""

_SETTINGS = "-c timezone=UTC -c datestyle=ISO -c statement_timeout=30min"
_TOLD_IN_FULL = ("08", "28", "3D", "42", "57")
"""Classes of errors whose words hold names and no value of a row: connection, login, database, syntax, shutdown."""


@contextmanager
def changed_rows(
    pull: Pull, connection: Connection, since: datetime | None, until: datetime
) -> Iterator[Iterator[Row]]:
    """Rows whose watermark is at ``since`` or later and before ``until``, by watermark and key; each value as text.

    Raises UsageError when table and contract do not fit, RegularsError when the server cannot be read.
    """
    import psycopg

    try:
        with _connected(psycopg, connection) as server:
            server.read_only, server.isolation_level = True, psycopg.IsolationLevel.REPEATABLE_READ
            _check(server, pull)
            with server.cursor(name="pull") as rows:
                rows.itersize = _ROWS_AT_ONCE
                rows.execute(*_changed_sql(pull, since, until))
                names = [column.name for column in pull.entity.read_columns]
                yield (dict(zip(names, row, strict=True)) for row in rows)
    except psycopg.Error as error:
        raise connection.failed(_words(error)) from None


def _connected(psycopg: Any, connection: Connection) -> psycopg.Connection[Any]:
    secure = {name: value for name, value in connection.extra.items() if name.startswith("ssl")}
    return psycopg.connect(
        host=connection.host,
        port=connection.port or 5432,
        dbname=connection.schema,
        user=connection.login,
        password=connection.password,
        connect_timeout=15,
        keepalives_idle=30,
        application_name="regulars",
        client_encoding="utf8",
        options=_SETTINGS,
        **{"sslmode": "prefer" if connection.is_on_loopback else "require", **secure},
    )


def _relation(pull: Pull) -> sql.Composable:
    from psycopg import sql

    asked = pull.postgres or {}
    if "table" in asked:
        return sql.Identifier(*asked["table"].split("."))
    return sql.SQL("({}) as pulled").format(sql.SQL(asked["query"].strip().rstrip(";").replace("%", "%%")))


def _check(server: psycopg.Connection[Any], pull: Pull) -> None:
    """Refuse what would be read wrongly, or not at all."""
    from psycopg import sql

    relation, watermark = _relation(pull), sql.Identifier(pull.watermark)
    found = server.execute(sql.SQL("select * from {} limit 0").format(relation), ()).description or []
    types = {column.name: column.type_code for column in found}
    for name in (*(column.name for column in pull.entity.read_columns), pull.watermark):
        if name not in types:
            raise UsageError(f"It has no column '{name}'. {did_you_mean(name, types)}", where=_place(pull))
    instants = {column.name for column in pull.entity.read_columns if column.type == "timestamp"} | {pull.watermark}
    for name in sorted(instants):
        if types[name] == _TIMESTAMP or (name == pull.watermark and types[name] != _TIMESTAMP_WITH_ZONE):
            step = f"use a query with `{name} at time zone '…' as {name}`, and the zone the source writes in"
            raise UsageError(f"'{name}' is no timestamp with time zone", where=_place(pull), next_step=step)
    unmarked = sql.SQL("select true from {} where {} is null limit 1").format(relation, watermark)
    if server.execute(unmarked, ()).fetchone():
        step = f"use a query with `coalesce({pull.watermark}, …) as {pull.watermark}`"
        raise UsageError(f"Rows without '{pull.watermark}' would never be pulled", where=_place(pull), next_step=step)


def _place(pull: Pull) -> str:
    return f"conf/pulls/{pull.entity.name}.yml, connection '{pull.connection}'"


def _changed_sql(pull: Pull, since: datetime | None, until: datetime) -> tuple[sql.Composed, list[datetime]]:
    from psycopg import sql

    # The session speaks UTC and ISO 8601, so an instant lacks but the minutes of its offset.
    values = [
        sql.SQL("{}::text || ':00'" if column.type == "timestamp" else "{}::text").format(sql.Identifier(column.name))
        for column in pull.entity.read_columns
    ]
    bounds = [(">=", since)] if since else []
    bounds.append(("<", until))
    watermark = sql.Identifier(pull.watermark)
    tests = [sql.SQL("{} {} %s").format(watermark, sql.SQL(sign)) for sign, _ in bounds]
    query = sql.SQL("select {} from {} where {} order by {}").format(
        sql.SQL(", ").join(values),
        _relation(pull),
        sql.SQL(" and ").join(tests),
        sql.SQL(", ").join([watermark, *map(sql.Identifier, pull.entity.key)]),
    )
    return query, [bound.replace(tzinfo=UTC) for _, bound in bounds]


def _words(error: psycopg.Error) -> str:
    """What a person may be told: never a value of a row."""
    code = error.sqlstate or ""
    said = next((line for line in str(error).splitlines() if line.strip()), "")
    # Before there is a session, the driver alone speaks, and it has seen no row.
    is_harmless = not code or code[:2] in _TOLD_IN_FULL
    return said if is_harmless and said else f"PostgreSQL refused with {type(error).__name__} ({code})"
