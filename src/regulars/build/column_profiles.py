"""Binds what every landed column holds, counted in one pass over an entity's latest rows, and what makes it fit."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from regulars import config
from regulars.build.bindings import Accepted, kept_sql, parquet_of
from regulars.config import Home, World
from regulars.errors import UsageError, did_you_mean
from regulars.sources import Column, SourceEntity, load_all, load_entities
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

DAYS = 28
"""Business dates up to the latest with a delivery; what comes once is read whole."""

PATTERN_LINES = 500
"""Shapes are counted in so many first lines of each file: in all of them they would cost more than all else."""

_PATTERNS, _LONGEST_PATTERN = 3, 24
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NUMBERS = ("integer", "decimal")
_THRESHOLDS = """
create table work.run.column_threshold
    (source varchar, entity varchar, column_name varchar, complete_at_least decimal(5, 4), distinct_at_least bigint)
"""
_SUMMARY = {
    "minimum": "decimal(38, 2)",
    "lower_quartile": "decimal(38, 2)",
    "median": "decimal(38, 2)",
    "upper_quartile": "decimal(38, 2)",
    "maximum": "decimal(38, 2)",
    "earliest": "timestamp",
    "latest": "timestamp",
    "shortest": "bigint",
    "longest": "bigint",
    "common_patterns": "varchar",
}
"""What is known of some types only."""


def bind_column_profiles(
    connection: duckdb.DuckDBPyConnection, home: Home, world: World, accepted: Accepted, known_by: datetime
) -> None:
    """The table run.column_threshold, and the view landed.column_summary: one row a column that is not personal of an
    entity with rows. No value of a text is in it, only lengths and shapes.
    """
    entities = load_entities(world)
    connection.execute(_THRESHOLDS)
    for row in _thresholds(entities):
        connection.execute("insert into work.run.column_threshold values (?, ?, ?, ?, ?)", row)
    summaries = [
        sql for entity in entities if (sql := _entity_sql(home, entity, accepted["content"], known_by)) is not None
    ]
    connection.execute(f"create view work.landed.column_summary as {' union all '.join(summaries) or _none()}")


def _thresholds(entities: tuple[SourceEntity, ...]) -> list[list[Any]]:
    path = config.CONF / "quality" / "columns.yml"
    conf = config.load_yaml(path)
    known = {f"{entity.name}.{column.name}" for entity in load_all() for column in entity.landed_columns}
    for name in conf["columns"]:
        if name not in known:
            raise UsageError(f"There is no landed column '{name}'. {did_you_mean(name, known)}", where=str(path))
    default = {name: conf[name] for name in ("complete_at_least", "distinct_at_least")}
    rows = []
    for entity in entities:
        for column in entity.landed_columns:
            own = default | conf["columns"].get(f"{entity.name}.{column.name}", {})
            rows.append([entity.source, entity.entity, column.name, str(own["complete_at_least"])])
            rows[-1].append(own["distinct_at_least"])
    return rows


def _entity_sql(home: Home, entity: SourceEntity, contents: list[dict[str, Any]], known_by: datetime) -> str | None:
    mine = [row for row in contents if f"{row['source']}__{row['entity']}" == entity.name and row["accepted_rows"]]
    last: date | None = max((row["business_date"] for row in mine), default=None)
    if last is None:
        return None
    recent = [row for row in mine if row["business_date"] > last - timedelta(days=DAYS)]
    columns = ", ".join(_column_sql(column) for column in entity.landed_columns)
    return f"""
        select
            {quoted(entity.source)} as source,
            {quoted(entity.entity)} as entity,
            {quoted(min(row["business_date"] for row in recent))}::date as first_business_date,
            {quoted(last)}::date as last_business_date,
            unnest([{columns}], recursive := true)
        from ({kept_sql(home, entity, parquet_of(home, entity, recent))})
        where _known_at <= {quoted(known_by)}::timestamp
    """


def _column_sql(column: Column) -> str:
    name = f'"{column.name}"'
    counted = [
        f"column_name := {quoted(column.name)}",
        f"type := {quoted(column.type)}",
        "rows := count(*)",
        f"known_rows := count({name})",
        f"distinct_values := count(distinct {name})",
    ]
    found = _of_type(column.type, name)
    summary = [f"{part} := {found.get(part, 'null')}::{kind}" for part, kind in _SUMMARY.items()]
    return f"struct_pack({', '.join(counted + summary)})"


def _of_type(kind: str, name: str) -> dict[str, str]:
    if kind in _NUMBERS:
        quartiles = ("lower_quartile", "median", "upper_quartile")
        found = {
            part: f"quantile_disc({name}, {share})" for part, share in zip(quartiles, (0.25, 0.5, 0.75), strict=True)
        }
        return {"minimum": f"min({name})", **found, "maximum": f"max({name})"}
    if kind in ("timestamp", "date"):
        return {"earliest": f"min({name})", "latest": f"max({name})"}
    lengths = {"shortest": f"min(length({name}))", "longest": f"max(length({name}))"}
    return lengths if kind == "json" else {**lengths, "common_patterns": _patterns_sql(name)}


def _patterns_sql(name: str) -> str:
    """The most common shapes of a text with their rows; equally common ones by their letters."""
    ascii_only = f"translate({name}, '{_LETTERS}{_LETTERS.upper()}0123456789', '{'a' * 26}{'A' * 26}{'9' * 10}')"
    shape = f"left(regexp_replace({ascii_only}, '[^ -~]', 'a', 'g'), {_LONGEST_PATTERN})"
    pattern = f"case when _line <= {PATTERN_LINES} then {shape} end"
    entry = "{'less': -one.value::bigint, 'shape': one.key}"
    counted = f"list_transform(map_entries(histogram({pattern})), lambda one: {entry})"
    most = f"list_slice(list_sort({counted}), 1, {_PATTERNS})"
    return f"array_to_string(list_transform({most}, lambda one: one.shape || ' (' || (-one.less) || ')'), ', ')"


def _none() -> str:
    counted = {"source": "varchar", "entity": "varchar", "first_business_date": "date", "last_business_date": "date"}
    counted |= {"column_name": "varchar", "type": "varchar", "rows": "bigint", "known_rows": "bigint"}
    counted |= {"distinct_values": "bigint"} | _SUMMARY
    return f"select {', '.join(f'null::{kind} as {name}' for name, kind in counted.items())} where false"
