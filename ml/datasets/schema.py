"""What a model's columns are: names, types and categories in one order, and the hash that ties a model to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regulars.contracts import Column
from regulars.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import duckdb

FEATURE_TABLE = "regulars.marts.customer_features"
_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN")


@dataclass(frozen=True)
class Feature:
    """One column a model learns from: its name, its SQL type, and its categories when it is a text."""

    name: str
    type: str
    categories: tuple[str, ...] = ()

    def as_mapping(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        return {"name": self.name, "type": self.type, "categories": list(self.categories)}

    def as_sql(self) -> tuple[str, list[Any]]:
        """The column as a DOUBLE expression, and the parameters it binds.

        Null stays null. A text becomes the position of its category, from 0; one that is not declared becomes null.
        """
        if self.categories:
            return f'cast(nullif(list_position(?, "{self.name}"), 0) - 1 as double)', [list(self.categories)]
        return f'cast("{self.name}" as double)', []


def feature_schema(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[Column], table: str = FEATURE_TABLE
) -> tuple[Feature, ...]:
    """The features named by the contract ``columns``, with the types ``table`` of the candidate really has.

    A text needs ``meta.values`` in the contract: they are its categories. Raises UsageError for a column the table
    has not got, a text without declared values, and a type no model can learn from.
    """
    described = connection.execute(f"describe {table}").fetchall()
    types = {name: kind for name, kind, *_ in described}
    return tuple(_feature(column, types, table) for column in columns)


def _feature(column: Column, types: dict[str, str], table: str) -> Feature:
    if column.name not in types:
        raise UsageError(
            f"There is no column '{column.name}'. {did_you_mean(column.name, types)}",
            where=table,
            next_step="run `make run`, so that the table is built from its contract again",
        )
    kind = types[column.name]
    categories = tuple(str(value) for value in column.meta.get("values", ())) if kind == "VARCHAR" else ()
    if not categories and not kind.startswith(_NUMERIC):
        raise UsageError(
            f"A model cannot learn from '{column.name}' of type {kind}",
            where=table,
            next_step="declare its `values` in the column's meta, or take `feature: true` away from it",
        )
    return Feature(column.name, kind, categories)


def schema_hash(features: Iterable[Feature]) -> str:
    """sha256 over names, types and categories, in order: what a model was trained on."""
    text = json.dumps([feature.as_mapping() for feature in features], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
