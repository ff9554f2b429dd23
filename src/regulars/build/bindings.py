"""Binds what a build reads into the work file: landed rows, the ledger's rows, the previous publication."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from regulars import ledger, warehouse
from regulars.build.base import MadeFrom
from regulars.config import Home, World
from regulars.sources import Column, Kind, SourceEntity, load_all, load_kinds
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

Accepted = dict[str, list[dict[str, Any]]]
"""Rows of the ledger's tables delivery, content and quarantine_reason, by the table's name."""

_OPERATIONS = {
    "delivery": "source varchar, entity varchar, business_date date, name varchar, content_sha256 varchar, "
    "known_at timestamp, is_replaced boolean",
    "content": "source varchar, entity varchar, content_sha256 varchar, business_date date, read_rows bigint, "
    "accepted_rows bigint, quarantined_rows bigint, set_aside_rows bigint",
    "quarantine_reason": "source varchar, entity varchar, content_sha256 varchar, reason varchar, rows bigint",
}


def bind_landed(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    world: World,
    accepted: Accepted,
    made: MadeFrom,
    base: MadeFrom | None = None,
) -> None:
    """One view an entity over its ``accepted`` contents, one a kind over those ``world`` takes, and the ledger's rows.

    ``_is_changed`` says of a row that the publication with ``base`` has not counted it as it is now; without a base it
    is true everywhere. An entity without a delivery, or of another world, is an empty view of the declared types, so
    every model builds. In the view of a kind ``_source`` and ``_entity`` (the contract) say where a row is from.
    """
    connection.execute("create schema work.landed")
    for name, declaration in _OPERATIONS.items():
        connection.execute(f"create table work.landed.{name} ({declaration})")
        insert_rows(connection, f"work.landed.{name}", accepted[name])
    taken = [entity for entity in load_all() if entity.kind is None or entity.name in world.entities]
    for entity in taken:
        held = made.contents.get(entity.name, {})
        replaced = ", ".join(quoted(sha256) for sha256 in sorted(held) if held[sha256][2]) or "null"
        rows = _landed_sql(home, entity, accepted["content"], held, made, base)
        connection.execute(
            f"create view work.landed.{entity.name} as "
            f"select *, coalesce(_content in ({replaced}), false) as _is_replaced from ({rows})"
        )
    for kind in load_kinds():
        mine = [_of_kind_sql(entity) for entity in taken if entity.kind == kind.name]
        connection.execute(f"create view work.landed.{kind.name} as {' union all '.join([*mine, _nothing_of(kind)])}")


def accepted_by(home: Home, known_by: datetime) -> Accepted:
    """The ledger's rows of what had arrived by ``known_by`` and was accepted: deliveries, contents, refused rows."""
    store = ledger.Ledger(home.operations_url)
    content, delivery, reason = ledger.content, ledger.delivery, ledger.quarantine_reason
    key = ("source", "entity", "content_sha256")
    arrived = store.rows(sa.select(delivery).where(delivery.c.known_at <= known_by).order_by(*delivery.primary_key))
    seen = {tuple(row[part] for part in key) for row in arrived}
    taken = store.rows(sa.select(content).where(content.c.status == "accepted").order_by(*content.primary_key))
    contents = [row for row in taken if tuple(row[part] for part in key) in seen]
    used = {tuple(row[part] for part in key) for row in contents}
    deliveries = [row for row in arrived if tuple(row[part] for part in key) in used]
    in_force = set(map(id, ledger.in_force(deliveries)))
    return {
        "content": contents,
        "delivery": [row | {"is_replaced": id(row) not in in_force} for row in deliveries],
        "quarantine_reason": [
            row
            for row in store.rows(sa.select(reason).order_by(*reason.primary_key))
            if tuple(row[part] for part in key) in used
        ],
    }


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert mappings in bulk by name; keys the table does not have are left out."""
    import pyarrow as pa

    names = [name for name, *_ in connection.execute(f"describe {table}").fetchall()]
    if rows:
        incoming = pa.table({name: pa.array([row[name] for row in rows]) for name in names})
        connection.register("incoming", incoming)
        connection.execute(f"insert into {table} by name select * from incoming")
        connection.unregister("incoming")


def _of_kind_sql(entity: SourceEntity) -> str:
    return (
        f"select {quoted(entity.source)} as _source, {quoted(entity.name)} as _entity, {entity.suite_columns_sql}, "
        f"_is_changed, _is_replaced from work.landed.{entity.name}"
    )


def _nothing_of(kind: Kind) -> str:
    typed = ["null::varchar as _source", "null::varchar as _entity", *_typed_nulls(kind.landed_columns)]
    return f"select {', '.join(typed)}, false as _is_changed, false as _is_replaced where false"


def _typed_nulls(columns: Iterable[Column]) -> list[str]:
    typed = [f"null::{column.sql_type} as {column.name}" for column in columns]
    return [*typed, "null::varchar as _content", "null::bigint as _line", "null::timestamp as _known_at"]


def _landed_sql(
    home: Home,
    entity: SourceEntity,
    contents: list[dict[str, Any]],
    held: dict[str, list[Any]],
    made: MadeFrom,
    base: MadeFrom | None,
) -> str:
    """Rows of the changed contents, and of the others, of which few became known since: those files are hardly read."""
    changed = made.changed_since(base, entity.name) if base else set(held)
    mine = [row for row in contents if f"{row['source']}__{row['entity']}" == entity.name and row["accepted_rows"]]
    since = f"_known_at > {quoted(base.known_by)}::timestamp" if base else "true"
    parts = [
        (parquet_of(home, entity, [row for row in mine if row["content_sha256"] in changed]), "true"),
        (parquet_of(home, entity, [row for row in mine if row["content_sha256"] not in changed]), since),
    ]
    selects = [
        f"select *, {is_changed} as _is_changed from ({kept_sql(home, entity, files)})"
        for files, is_changed in parts
        if files
    ]
    if selects:
        return " union all ".join(selects)
    return f"select {', '.join(_typed_nulls(entity.landed_columns))}, false as _is_changed where false"


def parquet_of(home: Home, entity: SourceEntity, contents: list[dict[str, Any]]) -> list[Path]:
    """Where the accepted rows of ``contents`` stand."""
    folder = home.landed / entity.source / entity.entity
    return [folder / f"business_date={row['business_date']}" / f"{row['content_sha256']}.parquet" for row in contents]


def kept_sql(home: Home, entity: SourceEntity, parquet: list[Path]) -> str:
    """The rows of landed files without those a gate set aside."""
    files = ", ".join(quoted(path) for path in parquet)
    # Files of an export may have come when its contract knew fewer columns.
    by_name = ", union_by_name = true" if entity.kind else ""
    rows = f"select * from read_parquet([{files}], hive_partitioning = false{by_name})"
    below = home.personal if entity.personal_columns else home.landed
    folder = below / "quarantine" / entity.source / entity.entity
    set_aside = ", ".join(
        quoted(folder / f"{path.stem}.gate.parquet")
        for path in parquet
        if (folder / f"{path.stem}.gate.parquet").exists()
    )
    if not set_aside:
        return rows
    return f"{rows} as kept anti join read_parquet([{set_aside}]) as aside using (_content, _line)"


def bind_previous(connection: duckdb.DuckDBPyConnection, home: Home, as_of: datetime) -> None:
    """What the finished publication with the latest as_of before ``as_of`` says of members, of models' figures, and of
    drift.

    Empty when there is none.
    """
    store, table = ledger.Ledger(home.operations_url), ledger.publication
    earlier = store.rows(
        sa.select(table).where(table.c.as_of < as_of).order_by(table.c.as_of.desc(), table.c.built_at.desc())
    )
    files = [home.publications / row["publication_id"] / "regulars.duckdb" for row in earlier]
    found = next((path for path in files if path.exists()), None)
    connection.execute("create schema work.previous")
    if found:
        connection.execute(f"attach {quoted(found)} as previous (read_only)")
    wanted = {
        "publication": "as_of timestamp",
        "dim_segment": "segment_id varchar, rule varchar",
        "segment_membership": "customer_id bigint, segment_id varchar, entered_at timestamp, mode varchar",
        "model_quality": "model varchar, version varchar, scorer varchar, metric varchar, value double, "
        "origin timestamp, horizon_days integer, rows bigint, basis varchar",
        "drift": "model varchar, version varchar, what varchar, name varchar, measure varchar, nights integer",
        "segment_change": "as_of timestamp, family varchar, from_segment varchar, to_segment varchar, customers bigint",
        "customer_rfm": "customer_id bigint, rfm_segment varchar",
        "customer_cluster": "customer_id bigint, version varchar, cluster_id integer",
        "cluster": "version varchar, cluster_id integer, name varchar",
    }
    marts = _marts(connection, "previous") if found else set()
    for name, declaration in wanted.items():
        connection.execute(f"create table work.previous.{name} ({declaration})")
        if name in marts:
            # A column the mart had not got yet when that was published is null.
            there = {column for column, *_ in connection.execute(f"describe previous.marts.{name}").fetchall()}
            columns = ", ".join(word for part in declaration.split(", ") if (word := part.split()[0]) in there)
            connection.execute(f"insert into work.previous.{name} by name select {columns} from previous.marts.{name}")
    if found:
        connection.execute("detach previous")


def _marts(connection: duckdb.DuckDBPyConnection, catalog: str) -> set[str]:
    """The marts a publication has; one made by older code may lack some."""
    query = "select table_name from duckdb_tables() where database_name = ? and schema_name = 'marts'"
    return {name for (name,) in connection.execute(query, [catalog]).fetchall()}


def bind_base(connection: duckdb.DuckDBPyConnection, base: MadeFrom | None) -> None:
    """What the publication a candidate was copied from says of visits: models of what was touched read it before those
    marts are built again, and could not name them without a circle. Empty without a ``base``.
    """
    connection.execute("create schema work.base")
    wanted = {
        "session": "visitor_id bigint, started_at timestamp, ended_at timestamp, business_date date",
        "cart": "cart_id varchar, order_id varchar, is_abandoned boolean",
    }
    for name, declaration in wanted.items():
        columns = ", ".join(part.split()[0] for part in declaration.split(", "))
        if base:
            connection.execute(f"create view work.base.{name} as select {columns} from regulars.marts.fct_{name}")
        else:
            connection.execute(f"create table work.base.{name} ({declaration})")


def record_gate_results(folder: Path, home: Home, world: World) -> None:
    """Put what the gates of this night found, from their files, into the candidate's mart ``gate_result``."""
    sources = sorted({name.split("__")[0] for name in world.entities})
    files = [home.landed / "gates" / f"{source}.json" for source in sources]
    files += [folder / "gates" / f"{gate}.json" for gate in ("profile", "scores", "segments")]
    rows = [row for path in files if path.exists() for row in json.loads(path.read_text())]
    with warehouse.candidate(folder) as connection:
        connection.execute("delete from regulars.marts.gate_result")
        insert_rows(connection, "regulars.marts.gate_result", rows)
