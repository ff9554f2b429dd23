"""Candidates made by hand: rows go straight into the landed tables, and the layers are built on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from regulars import config, contracts, warehouse
from regulars.build.bindings import insert_rows
from regulars.build.candidate import Origin, lay_out
from regulars.build.layers import build_layer
from regulars.config import Home
from regulars.resolve.registry import resolve_customers
from regulars.sources import SourceEntity, load_entity

WORLD = config.world("complete_journey")
Landed = Mapping[str, Sequence[Mapping[str, Any]]]


def build_profile(folder: Path, home: Home, business_date: date, origins: Sequence[Origin], landed: Landed) -> Path:
    """A candidate whose profile and features are built from ``landed``: rows by the name of the source's entity."""
    lay_out(folder, home, WORLD, business_date, origins)
    with warehouse.candidate(folder) as connection:
        for entity, rows in landed.items():
            _put(connection, entity, rows)
            _put_apart(home, load_entity(entity), rows)
    build_layer(folder, "stage")
    resolve_customers(folder, home, WORLD)
    build_layer(folder, "profile")
    return folder


def _put(connection: Any, entity: str, rows: Sequence[Mapping[str, Any]]) -> None:
    view = f"work.landed.{entity}"
    columns = ", ".join(f'"{name}" {kind}' for name, kind, *_ in connection.execute(f"describe {view}").fetchall())
    names = [name for name, *_ in connection.execute(f"describe {view}").fetchall()]
    connection.execute(f"drop view {view}; create table {view} ({columns})")
    insert_rows(connection, view, [{name: row.get(name) for name in names} for row in rows])


def _put_apart(home: Home, entity: SourceEntity, rows: Sequence[Mapping[str, Any]]) -> None:
    """What landing splits off into ``personal/``: of each content a file, a row for each of its rows."""
    for content in {row["_content"] for row in rows} if entity.is_personal else ():
        held = [row for row in rows if row["_content"] == content]
        columns = {column.name: pa.array([row.get(column.name) for row in held]) for column in entity.personal_columns}
        columns |= {"_content": pa.array([content] * len(held)), "_line": pa.array([row["_line"] for row in held])}
        path = entity.personal_rows(home, content)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path)


def build_everything(folder: Path, home: Home, business_date: date, origins: Sequence[Origin]) -> Path:
    """An empty candidate with every model built; what models and segments would have written is there and empty."""
    build_profile(folder, home, business_date, origins, {})
    build_segment(folder)
    build_layer(folder, "training")
    build_layer(folder, "moments")
    return folder


def build_segment(folder: Path) -> None:
    """The layer `segment` on a candidate with a profile, as if nobody had a score or were in a segment."""
    scores = ("customer_score", "customer_forecast", "cart_score", "model_quality", "model_lift", "model_slice")
    scores += ("customer_cluster", "cluster", "cluster_trial", "drift")
    written = {f"work.score.{name}": name for name in scores}
    written |= {"work.segment.definition": "dim_segment", "work.segment.member": "segment_membership"}
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema work.score; create schema work.segment")
        for table, mart in written.items():
            columns = ", ".join(f'"{column.name}" {column.type}' for column in contracts.columns(mart))
            connection.execute(f"create table {table} ({columns})")
    build_layer(folder, "segment")
