"""What is kept apart: counted by reason, and shown row by row with nothing personal in it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from regulars import clock, ledger, warehouse
from regulars.config import Home, World
from regulars.errors import RegularsError
from regulars.land.decompress import unpacked
from regulars.land.reading import FileRefused, without_mark
from regulars.land.receipts import Receipts
from regulars.land.storage import Storage
from regulars.sources import SourceEntity, of_source
from regulars.warehouse import quoted

HIDDEN = "(hidden)"
"""Stands for a personal value, and for a whole row whose columns cannot be told apart."""

Row = dict[str, Any]


def list_quarantine(home: Home) -> list[Row]:
    """One row a source, entity, kind and reason, oldest first.

    kind: ``rows`` (single rows kept apart) or ``file`` (a content that is held or was refused whole). rows: how many;
    contents: distinct files; age_days: whole days since the first of them was landed, by our clock.
    """
    store, now = ledger.Ledger(home.operations_url), clock.utc_now()
    content, reason, delivery = ledger.content, ledger.quarantine_reason, ledger.delivery
    key = ("source", "entity", "content_sha256")
    landed = {tuple(row[part] for part in key): row["landed_at"] for row in _latest_first(store, delivery)}
    held = store.rows(sa.select(content).where(content.c.status.in_(("held", "refused"))))
    found = [("rows", row["reason"], row["rows"], row) for row in store.rows(sa.select(reason))]
    found += [("file", row["reason"], row["read_rows"], row) for row in held]
    groups: dict[tuple[str, ...], Row] = {}
    for kind, told, rows, row in found:
        name = (row["source"], row["entity"], kind, told)
        group = groups.setdefault(name, {"rows": 0, "contents": [], "first_landed_at": now})
        group["rows"] += rows
        group["contents"].append(row["content_sha256"])
        group["first_landed_at"] = min(group["first_landed_at"], landed[tuple(row[part] for part in key)])
    listed = [
        dict(zip(("source", "entity", "kind", "reason"), name, strict=True))
        | {**group, "contents": sorted(group["contents"]), "age_days": (now - group["first_landed_at"]).days}
        for name, group in groups.items()
    ]
    return sorted(listed, key=lambda row: (row["first_landed_at"], row["source"], row["entity"], row["reason"]))


def _latest_first(store: ledger.Ledger, table: sa.Table) -> list[Row]:
    return store.rows(sa.select(table).order_by(table.c.landed_at.desc()))


def show_quarantine(home: Home, world: World, source: str, most: int) -> list[Row]:
    """At most ``most`` rows of ``source`` that are kept apart, by entity, business date, content and line.

    Each with entity, business_date, name (of its file), content, line, reason and row. ``row`` is its text as
    delivered where the entity has no personal column; else the values of the others, with ``(hidden)`` for the rest.
    Raises UsageError for a source the world does not have.
    """
    receipts, shown = Receipts(home, source), list[Row]()
    entities = {entity.entity: entity for entity in of_source(world, source)}
    first = receipts.first_deliveries()
    for content in receipts.contents():
        entity = entities.get(content["entity"])
        if entity is None or not (content["quarantined_rows"] or content["set_aside_rows"]):
            continue
        sha256 = content["content_sha256"]
        told = {
            "entity": entity.entity,
            "business_date": content["business_date"].isoformat(),
            "name": first[entity.entity, sha256]["name"],
            "content": sha256,
        }
        shown += [told | row for row in _rows_apart(home, entity, content, most - len(shown))]
        if len(shown) >= most:
            break
    return shown


def _rows_apart(home: Home, entity: SourceEntity, content: Row, most: int) -> Iterator[Row]:
    storage, sha256 = Storage(home, entity), content["content_sha256"]
    refused, named = storage.quarantined(sha256), storage.quarantined(f"{sha256}.gate")
    with warehouse.memory() as connection:
        if content["quarantined_rows"] and refused.exists():
            show = _masked(storage, sha256) if entity.is_personal else str
            query = f"select _line, reason, raw from {quoted(refused)} order by all limit {most}"
            for line, reason, raw in connection.execute(query).fetchall():
                yield {"line": line, "reason": reason, "row": show(raw)}
        if content["set_aside_rows"] and named.exists():
            landed = storage.accepted(sha256, content["business_date"])
            query = (
                f"select aside._line, aside.reason, to_json(landed)::varchar from {quoted(named)} as aside "
                f"inner join (select * exclude (_content, _known_at) from read_parquet({quoted(landed)}, "
                f"hive_partitioning = false)) as landed using (_line) order by all limit {most}"
            )
            for line, reason, row in connection.execute(query).fetchall():
                yield {"line": line, "reason": reason, "row": row}


def _masked(storage: Storage, sha256: str) -> Callable[[str], str]:
    """What may be shown of a refused row: its columns that are promised and not personal."""
    entity = storage.entity
    shown = {column.name: column for column in entity.read_columns if not column.personal}
    header = _header(storage.kept_raw(sha256)) if entity.format == "csv" else []

    def mask(raw: str) -> str:
        try:
            if entity.format == "csv":
                values: Row = dict(zip(header, next(csv.reader([raw], strict=True)), strict=True))
            else:
                values = json.loads(raw)
            steps = {name: column.paths[0].split("[")[0].split(".") for name, column in shown.items()}
            return json.dumps(dict.fromkeys(values, HIDDEN) | {name: _at(values, path) for name, path in steps.items()})
        except (ValueError, TypeError, KeyError, csv.Error, StopIteration):
            return HIDDEN

    return mask


def _at(values: Any, path: list[str]) -> Any:
    for step in path:
        values = values[step]
    return values


def _header(kept: Path) -> list[str]:
    try:
        first = without_mark(unpacked(kept.read_bytes(), kept.name)).split(b"\n", 1)[0]
        return next(csv.reader([first.decode().removesuffix("\r")]), [])
    except (FileRefused, RegularsError, UnicodeDecodeError, csv.Error):
        return []
