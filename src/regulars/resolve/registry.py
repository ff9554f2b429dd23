"""The identity registry: a number of its own for each record, given once and never taken back.

A customer has the number of its oldest record.

The file ``personal/registry.parquet`` owns the ids (customer_id, identifier_type, identifier_value, first_known_at).
New identifiers get the next numbers in the order (first known_at, source priority, record_key), so the same deliveries
give the same ids.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from regulars import warehouse
from regulars.config import Home, World
from regulars.durable import write_bytes, write_whole
from regulars.failpoint import failpoint
from regulars.resolve.accuracy import accuracy
from regulars.resolve.customers import write_customers
from regulars.resolve.enrichment import write_enriched_rows
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

KEY_VARIABLE = "REGULARS_IDENTIFIER_KEY"


def resolve_customers(folder: Path, home: Home, world: World, *, keeps: bool = True) -> dict[str, int]:
    """Give every source record of the candidate its customer: the table ``work.resolve.customer_record``.

    ``keeps``: numbers given to new records are kept in the registry. Gives how many customers and records there are and
    how many customers are new to the registry, and how many bought rows speak of one.
    """
    key = identifier_key(home)
    with warehouse.candidate(folder, spill=home.personal) as connection:
        _load_registry(connection, home.personal / "registry.parquet")
        added = _add_new(connection, world)
        if added and keeps:
            _save_registry(connection, home.personal / "registry.parquet")
        failpoint("resolve.after_registry")
        write_customers(connection, home, _priority(world))
        _write_records(connection, key)
        _write_moved(connection)
        _write_labelled(connection, home)
        enriched = write_enriched_rows(connection, home, world)
        customers, records = connection.execute(
            "select count(distinct customer_id), count(*) from work.resolve.customer_record"
        ).fetchone() or (0, 0)
    return {"customers": customers, "records": records, "new_customers": added, "enriched_rows": enriched}


def identifier_key(home: Home) -> bytes:
    """The secret of the keyed hashes: from the environment, else made once and kept in ``personal/`` (mode 0600)."""
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return given.encode()
    path = home.personal / "identifier.key"
    if not path.exists():
        home.personal.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_bytes(path, secrets.token_hex(32).encode())
        path.chmod(0o600)
    return path.read_bytes()


def _load_registry(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute("create schema if not exists work.resolve")
    connection.execute(
        "create or replace temp table registry (customer_id bigint, identifier_type varchar, identifier_value varchar, "
        "first_known_at timestamp)"
    )
    if path.exists():
        connection.execute(f"insert into registry select * from read_parquet({quoted(path)})")


def _priority(world: World) -> list[str]:
    """Its sources, required ones first."""
    return list(dict.fromkeys(name.split("__")[0] for name in world.entities))


def _add_new(connection: duckdb.DuckDBPyConnection, world: World) -> int:
    before = _count(connection)
    connection.execute(
        """
        insert into registry
        select
            (select coalesce(max(customer_id), 0) from registry) + row_number() over (
                order by first_known_at, coalesce(list_position($priority, source), 999), record_key, identifier_type
            ),
            identifier_type, identifier_value, first_known_at
        from (
            select distinct on (identifier_type, identifier_value) *
            from work.intermediate.int_identity__source_records as record
            anti join registry using (identifier_type, identifier_value)
            order by identifier_type, identifier_value, first_known_at,
                coalesce(list_position($priority, source), 999), record_key
        )
        """,
        {"priority": _priority(world)},
    )
    return _count(connection) - before


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("select count(*) from registry").fetchone()
    return row[0] if row else 0


def _save_registry(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    everything = "from registry order by customer_id"
    write_whole(path, lambda part: connection.execute(f"copy ({everything}) to {quoted(part)} (format parquet)"))
    path.chmod(0o600)


def _write_records(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    identifiers = connection.execute(
        "select identifier_type, identifier_value from registry order by customer_id"
    ).fetchall()
    _register_hashes(connection, key, identifiers)
    connection.execute(
        """
        create or replace table work.resolve.customer_record as
        select customer.customer_id, customer.own_number, record.source, record.record_key, record.identifier_type,
            hashed.identifier_hash
        from work.intermediate.int_identity__source_records as record
        inner join registry using (identifier_type, identifier_value)
        inner join customer on customer.own_number = registry.customer_id
        inner join hashed using (identifier_type, identifier_value)
        order by customer.customer_id, record.source, record.record_key
        """
    )


def _write_moved(connection: duckdb.DuckDBPyConnection) -> None:
    """The table ``work.resolve.moved_record``: records of another customer in the publication a night starts from."""
    is_there = "bridge_customer_identifier" in warehouse.tables(connection)
    before = "regulars.marts.bridge_customer_identifier" if is_there else "work.resolve.customer_record"
    connection.execute(
        "create or replace table work.resolve.moved_record as select distinct now.source, now.record_key "
        f"from work.resolve.customer_record as now join {before} as before using (source, record_key) "
        "where now.customer_id <> before.customer_id"
    )


def _write_labelled(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """The table ``work.resolve.labelled_pair`` (found, actual, correct): one row where records are labelled."""
    connection.execute(
        "create or replace table work.resolve.labelled_pair (found bigint, actual bigint, correct bigint)"
    )
    if not home.labels.exists():
        return
    told = accuracy(
        connection,
        "(select customer_id as cluster_id, person as person_id from "
        "(select distinct record_key, customer_id from work.resolve.customer_record) join read_csv("
        f"{quoted(home.labels)}, header = true, columns = {{'record_key': 'varchar', 'person': 'varchar'}}) "
        "using (record_key))",
    )
    connection.execute("insert into work.resolve.labelled_pair values (?, ?, ?)", [told.found, told.true, told.right])


def _register_hashes(connection: duckdb.DuckDBPyConnection, key: bytes, identifiers: Sequence[tuple[str, str]]) -> None:
    import pyarrow as pa

    digests = [hmac.new(key, f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest() for kind, value in identifiers]
    table = {
        "identifier_type": [kind for kind, _ in identifiers],
        "identifier_value": [value for _, value in identifiers],
        "identifier_hash": digests,
    }
    connection.register("hashed", pa.table({name: pa.array(values, pa.string()) for name, values in table.items()}))
