"""A candidate with nothing in it but people: contacts of a CRM, and guests who left an address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from regulars import warehouse
from regulars.config import Home, world
from regulars.land.storage import write_table
from regulars.resolve import registry
from regulars.sources import SourceEntity, load_entity

BEGIN = datetime(2025, 1, 1)
CONTACT, ORDER = load_entity("crm__contact"), load_entity("transactions__order")
Person = dict[str, Any]


BOUGHT = {
    "enrichment__consumer": "select '' as _content, 0 as _line where false",
    "enrichment__area": "select '' as country, '' as postcode, '' as _content, 0 as _line where false",
}
"""What has landed of what is bought, by entity: nothing."""


def resolve(
    home: Home, contacts: dict[str, Person], guests: dict[str, str], bought: dict[str, str] | None = None
) -> dict[str, int]:
    """customer_id by record_key, of contacts by number and guests' addresses by order, first known in this order.

    ``bought``: SQL of what has landed of what is bought, by entity.
    """
    folder = home.root / "candidate"
    for name in ("regulars", "work"):
        warehouse.create(folder / f"{name}.duckdb")
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema work.intermediate; create schema work.landed")
        rows = [("crm__contact", key, contacts[key]) for key in contacts]
        rows += [("transactions__order", f"guest-{key}", {"guest_email": guests[key]}) for key in guests]
        described, records = [], []
        for line, (entity, key, person) in enumerate(rows, start=1):
            known_at = BEGIN + timedelta(minutes=line)
            described.append(
                {"entity": entity, "record_key": key, "content_sha256": entity, "source_line": line}
                | {"known_at": known_at, "is_first": True, "is_latest": True}
            )
            records.append(
                {"source": entity.split("__")[0], "record_key": key, "identifier_type": "customer_number"}
                | {"identifier_value": key, "first_known_at": known_at}
            )
            person["_line"] = line
        for entity in (CONTACT, ORDER):
            _land(connection, home, entity, [person for name, _, person in rows if name == entity.name])
        for name, landed in (BOUGHT | (bought or {})).items():
            connection.execute(f"create table work.landed.{name} as {landed}")
        connection.execute("create schema work.staging")
        connection.execute("create table work.staging.country_name as select 'germany' as name, 'DE' as alpha_2")
        _table(connection, "intermediate.int_identity__people_described", described)
        _table(connection, "intermediate.int_identity__source_records", records)
    registry.resolve_customers(folder, home, world("shop"))
    with warehouse.candidate(folder, read_only=True) as connection:
        return dict(connection.execute("select record_key, customer_id from work.resolve.customer_record").fetchall())


def _land(connection: Any, home: Home, entity: SourceEntity, people: list[Person]) -> None:
    wanted = entity.roles.values()
    for names, is_personal in (
        ([column.name for column in wanted if column.personal], True),
        ([column.name for column in wanted if not column.personal], False),
    ):
        columns = {name: pa.array([person.get(name) for person in people], pa.string()) for name in names}
        columns["_content"] = pa.array([entity.name] * len(people), pa.string())
        columns["_line"] = pa.array([person["_line"] for person in people], pa.int64())
        if is_personal:
            write_table(pa.table(columns), entity.personal_rows(home, entity.name))
        else:
            _table(connection, f"landed.{entity.name}", pa.table(columns))


def _table(connection: Any, name: str, rows: Any) -> None:
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    connection.register("rows", table)
    connection.execute(f"create table work.{name} as select * from rows")


def contact(email: str = "", phone: str = "", last_name: str = "Weber", loyalty: str = "") -> Person:
    found = {"email": email, "phone": phone, "last_name": last_name, "loyalty_number": loyalty, "country": "DE"}
    return {name: value for name, value in found.items() if value}
