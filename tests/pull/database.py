"""Tables of a real PostgreSQL that are pulled, and the role that may read them and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from regulars.pull.connection import Connection
from tests.deploy.postgres import Postgres

READER, SECRET = "reader", "secret-Brindlemoth-4419"


class Database:
    """An empty database of a running server."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.address = server.new_database().replace("+psycopg", "")
        self.name = self.address.rpartition("/")[2]
        self.run(
            "do $$ begin create role {0} login password {1}; exception when duplicate_object then end $$",
            sql.Identifier(READER),
            SECRET,
        )

    @property
    def connection(self) -> Connection:
        """How a pull reaches it: by the role that may only read."""
        return Connection("crm_database", "127.0.0.1", self.server.port, self.name, READER, SECRET)

    @property
    def uri(self) -> str:
        """The same as an Airflow Connection in the environment."""
        return f"postgres://{READER}:{SECRET}@127.0.0.1:{self.server.port}/{self.name}"

    def run(self, statement: str, *parts: sql.Composable | str) -> list[tuple[Any, ...]]:
        """As its owner."""
        with psycopg.connect(self.address, autocommit=True) as owner:
            done = owner.execute(sql.SQL(statement).format(*parts))
            return done.fetchall() if done.description else []

    def fill(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        """Make ``schema.table`` where it is not there yet, and add rows."""
        schema = table.partition(".")[0]
        self.run(f"create schema if not exists {schema}; create table if not exists {table} ({columns})")
        self.run(
            f"grant usage on schema {schema} to {READER}; grant select on all tables in schema {schema} to {READER}"
        )
        with psycopg.connect(self.address) as owner, owner.cursor() as cursor:
            cursor.executemany(
                f"insert into {table} values ({', '.join(['%s'] * (columns.count(',') + 1))})", list(rows)
            )
