"""The operational store: what arrived, who holds the night, what was published.

The only module that opens it. SQLite in WAL mode by default, Postgres by ``REGULARS_OPERATIONS_URL``.
Facts about customers never live here.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from regulars import clock
from regulars.errors import RegularsError

_metadata = sa.MetaData()

delivery = sa.Table(
    "delivery",
    _metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("entity", sa.String, primary_key=True),
    sa.Column("business_date", sa.Date, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("content_sha256", sa.String(64), primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("known_at", sa.DateTime, nullable=False, comment="when the source delivered it; fixed once"),
    sa.Column("landed_at", sa.DateTime, nullable=False, comment="our clock; outside every hash"),
    sa.Column("inbox_size", sa.BigInteger, nullable=False),
    sa.Column("inbox_mtime_ns", sa.BigInteger, nullable=False),
    comment="one row a file that was dropped: a receipt",
)

content = sa.Table(
    "content",
    _metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("entity", sa.String, primary_key=True),
    sa.Column("content_sha256", sa.String(64), primary_key=True),
    sa.Column("business_date", sa.Date, nullable=False, comment="of its first delivery; names the partition"),
    sa.Column("status", sa.String, nullable=False, comment="landed, accepted, held or refused"),
    sa.Column("reason", sa.String, nullable=False, default=""),
    sa.Column("read_rows", sa.BigInteger, nullable=False),
    sa.Column("accepted_rows", sa.BigInteger, nullable=False),
    sa.Column("quarantined_rows", sa.BigInteger, nullable=False),
    sa.Column("set_aside_rows", sa.BigInteger, nullable=False, default=0, comment="accepted, then refused by a gate"),
    comment="one row a distinct content of a source's entity",
)

quarantine_reason = sa.Table(
    "quarantine_reason",
    _metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("entity", sa.String, primary_key=True),
    sa.Column("content_sha256", sa.String(64), primary_key=True),
    sa.Column("reason", sa.String, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    comment="how many rows of a content were refused, by reason",
)

pull = sa.Table(
    "pull",
    _metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("entity", sa.String, primary_key=True),
    sa.Column("business_date", sa.Date, primary_key=True),
    sa.Column("since", sa.DateTime, comment="null: from the beginning"),
    sa.Column("until", sa.DateTime, nullable=False, comment="not included; the latest is how far an entity was pulled"),
    sa.Column("name", sa.String, nullable=False, comment="the file in the inbox"),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("pulled_at", sa.DateTime, nullable=False, comment="our clock; outside every hash"),
    comment="one row a business date whose changes were pulled and stand in the inbox",
)

publication = sa.Table(
    "publication",
    _metadata,
    sa.Column("publication_id", sa.String, primary_key=True),
    sa.Column("business_date", sa.Date, nullable=False),
    sa.Column("as_of", sa.DateTime, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("inputs", sa.String(64), nullable=False, comment="fingerprint of everything it was made from"),
    sa.Column("built_at", sa.DateTime, nullable=False),
    sa.Column("activated_at", sa.DateTime, comment="when readers first saw it; null: never in front"),
    comment="one row a publication that was ever finished",
)

lease = sa.Table(
    "lease",
    _metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("run_id", sa.String, nullable=False),
    sa.Column("host", sa.String, nullable=False),
    sa.Column("pid", sa.Integer, comment="null where each task is a process of its own"),
    sa.Column("pid_started", sa.String),
    sa.Column("base", sa.String, nullable=False, comment="publication in front when it was taken"),
    sa.Column("expires_at", sa.DateTime, nullable=False),
    comment="who may write the candidate",
)

failure = sa.Table(
    "failure",
    _metadata,
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("place", sa.String, primary_key=True, comment="DAG and task"),
    sa.Column("exit_code", sa.Integer, nullable=False),
    sa.Column("message", sa.String, nullable=False),
    sa.Column("failed_at", sa.DateTime, nullable=False),
    comment="what a person was told when a task could not go on",
)

task = sa.Table(
    "task",
    _metadata,
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("dag", sa.String, primary_key=True),
    sa.Column("task", sa.String, primary_key=True),
    sa.Column("state", sa.String, nullable=False, comment="ended, failed, retried or skipped"),
    sa.Column("ended_at", sa.DateTime, nullable=False),
    sa.Column("milliseconds", sa.BigInteger, nullable=False),
    sa.Column("peak_rss_bytes", sa.BigInteger, nullable=False, comment="of its process"),
    sa.Column("outcome", sa.String, nullable=False, comment="JSON: what it gave"),
    comment="how each task of the latest runs ended",
)

consent_decision = sa.Table(
    "consent_decision",
    _metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3: as appended"),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("record_key", sa.String, nullable=False, comment="pseudonymous: whose record, no identifier beside it"),
    sa.Column("purpose", sa.String, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("decision", sa.String, nullable=False, comment="grant or deny"),
    sa.Column("effective_at", sa.DateTime, nullable=False, comment="when it was said"),
    sa.Column("recorded_at", sa.DateTime, nullable=False, comment="known_at of the delivery that said it first"),
    sa.Column("policy_version", sa.String, comment="in force at effective_at; null: older than any we know"),
    sa.Column("jurisdiction", sa.String, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, comment="over the hash before it and all of the above"),
    sa.UniqueConstraint("source", "record_key", "purpose", "channel", "decision", "effective_at", "recorded_at"),
    comment="what people agreed or objected to: rows are appended, never changed",
)

identity_judgement = sa.Table(
    "identity_judgement",
    _metadata,
    sa.Column("position", sa.Integer, primary_key=True, comment="1, 2, 3: as they were said"),
    sa.Column("left_record_key", sa.String, nullable=False, comment="the lesser of the two"),
    sa.Column("right_record_key", sa.String, nullable=False),
    sa.Column("verdict", sa.String, nullable=False, comment="same, not_same or withdrawn; the last word counts"),
    sa.Column("because", sa.String, nullable=False),
    sa.Column("decided_at", sa.DateTime, nullable=False, comment="our clock; outside every hash"),
    comment="what stewards said of two records: rows are appended, never changed",
)

NIGHT_LEASE = "night"
"""The lease of the run that writes the candidate of a night."""

LEASE_MINUTES = 60
"""A lease without a living process behind it lasts this long after its last renewal."""


_SOLE_WRITER = {"sqlite": "begin immediate", "postgresql": "select pg_advisory_xact_lock(7344427)"}
"""Takes the right to write until the transaction ends. A lock on rows would not do: it cannot hold a row that is not
there yet, such as a lease nobody has. The number is ours alone within the database."""


@cache
def _engine(url: str) -> sa.Engine:
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    try:
        if sa.make_url(url).get_backend_name() not in _SOLE_WRITER:
            raise sa.exc.ArgumentError("only sqlite and postgresql can hold it")
        # A server that was started anew has closed the connections kept here.
        engine = sa.create_engine(url, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _sqlite_settings)
        if not _metadata.tables.keys() <= set(sa.inspect(engine).get_table_names()):
            with engine.connect() as connection, connection.begin():
                connection.exec_driver_sql(_SOLE_WRITER[engine.dialect.name])
                _metadata.create_all(connection)
    except (sa.exc.ArgumentError, sa.exc.OperationalError, ModuleNotFoundError) as refused:
        raise RegularsError(
            f"The operational store does not open: {str(refused).splitlines()[0]}",
            where=url.rpartition("@")[2],
            next_step="see whether its disk or its server is well, and what REGULARS_OPERATIONS_URL says",
        ) from None
    return engine


def _sqlite_settings(connection: Any, _record: object) -> None:
    for setting in ("journal_mode = wal", "synchronous = full", "busy_timeout = 30000"):
        connection.execute(f"pragma {setting}")


class LeaseHeld(RegularsError):
    """Another run is at work, and alive."""


class Ledger:
    """The operational store of one home."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """All of it or nothing; what it reads first is still so when it writes."""
        with self._engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(_SOLE_WRITER[self._engine.dialect.name])
            yield connection

    def upsert(self, connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert ``rows``, replacing those with the same key. Zero bytes, which Postgres refuses, are marked."""
        batch = [{name: _storable(value) for name, value in row.items()} for row in rows]
        if not batch:
            return
        insert = (postgresql if self._engine.dialect.name == "postgresql" else sqlite).insert(table)
        keys = [column.name for column in table.primary_key]
        changed = {name: insert.excluded[name] for name in batch[0] if name not in keys}
        if changed:
            insert = insert.on_conflict_do_update(index_elements=keys, set_=changed)
        else:
            insert = insert.on_conflict_do_nothing()
        connection.execute(insert, batch)

    def rows(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        """The rows of a query, as mappings."""
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def batches(self, statement: sa.Select[Any], rows: int) -> Iterator[Sequence[sa.Row[Any]]]:
        """The rows of a query, so many at a time, all as they were at the first: for a table that grows for years."""
        with self._engine.connect() as connection:
            yield from connection.execution_options(yield_per=rows).execute(statement).partitions()

    def take_lease(self, name: str, run_id: str, base: str) -> dict[str, Any]:
        """Take or renew the right to write the candidate; returns the lease.

        The same run may take it again. Another run gets it only when the process behind it has ended, or, where no
        process is known, when it has expired. Raises LeaseHeld while a living run holds it.
        """
        now = clock.utc_now()
        pid = os.environ.get("REGULARS_RUN_PID")
        mine = {
            "name": name,
            "run_id": run_id,
            "host": socket.gethostname(),
            "pid": int(pid) if pid else None,
            "pid_started": process_start(int(pid)) if pid else None,
            "base": base,
            "expires_at": now + timedelta(minutes=LEASE_MINUTES),
        }
        with self.transaction() as connection:
            query = sa.select(lease).where(lease.c.name == name)
            held = connection.execute(query).mappings().first()
            if held and held["run_id"] == run_id:
                mine["base"] = held["base"]
            elif held and _is_alive(dict(held), now):
                raise LeaseHeld(
                    f"Run '{held['run_id']}' is at work on the candidate",
                    where=f"lease '{name}'",
                    next_step="wait until it has ended (`regulars status` shows it), then run this again",
                )
            self.upsert(connection, lease, [mine])
        return mine

    def renew_leases(self, run_id: str) -> None:
        """Make what ``run_id`` holds last from now on again. Nothing happens when it holds nothing."""
        later = clock.utc_now() + timedelta(minutes=LEASE_MINUTES)
        with self.transaction() as connection:
            connection.execute(sa.update(lease).where(lease.c.run_id == run_id).values(expires_at=later))

    def release_lease(self, name: str, run_id: str) -> None:
        """Give the right back. Nothing happens when another run holds it."""
        with self.transaction() as connection:
            connection.execute(sa.delete(lease).where(lease.c.name == name, lease.c.run_id == run_id))

    def record_failure(self, run_id: str, place: str, error: RegularsError, *, ends_run: bool) -> None:
        """Keep what was told, for whoever started the run; when the run ends by it, take its leases back."""
        told = {"run_id": run_id, "place": place, "exit_code": error.exit_code, "message": str(error)}
        with self.transaction() as connection:
            self.upsert(connection, failure, [{**told, "failed_at": clock.utc_now()}])
            if ends_run:
                connection.execute(sa.delete(lease).where(lease.c.run_id == run_id))

    def record_task(self, row: Mapping[str, Any]) -> None:
        """Keep how a task of a run ended; its last end counts."""
        with self.transaction() as connection:
            self.upsert(connection, task, [{**row, "ended_at": clock.utc_now()}])

    def forget_run(self, run_id: str, dag: str) -> None:
        """Forget how the tasks of a run ended."""
        with self.transaction() as connection:
            connection.execute(sa.delete(task).where(task.c.run_id == run_id, task.c.dag == dag))


def _storable(value: Any) -> Any:
    """A message may quote a broken file."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def in_force(deliveries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of deliveries under one business date and name the one received last: it replaces what it corrects."""
    name = ("source", "entity", "business_date", "name")
    ordered = sorted(deliveries, key=lambda row: (row["landed_at"], row["content_sha256"]))
    return list({tuple(row[part] for part in name): row for row in ordered}.values())


def process_start(pid: int) -> str | None:
    """When process ``pid`` began, in the kernel's ticks; None when it has ended. The same number may be used again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return None


def _is_alive(held: dict[str, Any], now: datetime) -> bool:
    if held["pid"] is not None and held["host"] == socket.gethostname():
        return process_start(held["pid"]) == held["pid_started"] is not None
    return held["expires_at"] > now
