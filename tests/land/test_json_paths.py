"""Values in lists of keys, whole numbers as text, lists within lists: the same rows whatever form the export has."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars import warehouse
from regulars.json_sql import LINE, text_sql
from regulars.sources import Column, load_entity
from tests.land.corner_shop import DAY, Shop

Row = dict[str, Any]


def param(key: str, form: str, value: Any) -> Row:
    return {"key": key, "value": {form: value}}


HIT: Row = {
    "visitor": "1.2",
    "at": "1793500000000000",
    "params": [
        param("page", "string_value", "/tea"),
        param("session_id", "int_value", "1793500000"),
        param("price", "double_value", 29.99),
        {"key": "nothing", "value": {"string_value": None}},
    ],
    "geo": {"country": "Nepal"},
    "items": [{"item_id": "T1", "quantity": "2", "item_params": [param("cut", "string_value", "leaf")]}],
}
READ = {"at": 1793500000000000, "session_id": 1793500000, "page": "/tea", "price": Decimal("29.99"), "country": "Nepal"}


def lines(*hits: Row) -> bytes:
    return gzip.compress("\n".join(map(json.dumps, hits)).encode())


def parquet(*hits: Row) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(hits)), buffer)
    return buffer.getvalue()


def as_bigquery_writes(value: Any) -> Any:
    """Lists as `list.element`, and whole numbers as such: the form BigQuery gives Parquet unless asked for another."""
    if isinstance(value, list):
        return {"list": [{"element": as_bigquery_writes(each)} for each in value]}
    if isinstance(value, dict):
        return {name: as_bigquery_writes(each) for name, each in value.items()}
    return int(value) if isinstance(value, str) and value.isdigit() else value


def named_by_others(row: Row) -> Row:
    return {name: row[name] for name in READ}


def test_a_value_is_found_by_its_key_whichever_typed_form_holds_it(shop: Shop) -> None:
    shop.drop(f"hit_{DAY}.jsonl.gz", lines(HIT))
    shop.land()
    (row,) = shop.accepted("hit")
    assert named_by_others(row) == READ
    assert json.loads(row["items"]) == HIT["items"]


@pytest.mark.parametrize("shape", [dict, as_bigquery_writes], ids=["plain lists", "list.element"])
def test_nested_parquet_gives_the_row_that_its_lines_give(shop: Shop, shape: Any) -> None:
    shop.drop(f"hit_{DAY}.jsonl.gz", lines(HIT))
    shop.drop(f"hit_table_{DAY}.parquet", parquet(shape(HIT)))
    shop.land()
    (of_lines,), (of_table,) = shop.accepted("hit"), shop.accepted("hit_table")
    assert named_by_others(of_table) == READ
    assert of_table["hit_id"] == of_lines["hit_id"]
    (item,) = json.loads(of_table["items"])
    assert (item["item_id"], int(item["quantity"])) == ("T1", 2)
    assert item["item_params"][0]["key"] == "cut"


def test_an_id_is_told_by_all_parameters_and_not_by_their_order(shop: Shop) -> None:
    turned = HIT | {"params": HIT["params"][::-1]}
    another = HIT | {"params": [*HIT["params"][:2], param("price", "double_value", 30.0)]}
    shop.drop(f"hit_{DAY}.jsonl.gz", lines(HIT, turned, another))
    shop.land()
    first, second, third = (row["hit_id"] for row in shop.accepted("hit"))
    assert first == second != third


@pytest.mark.parametrize(
    "params",
    [
        {"page": "/tea"},
        "page=/tea",
        ["page"],
        [{"value": {"string_value": "/tea"}}],
        [{"key": "page", "value": "/tea"}],
        [{"key": "page", "value": {"text_value": "/tea"}}],
    ],
    ids=["an object", "a text", "texts", "no key", "a bare value", "a form nobody knows"],
)
def test_a_list_of_another_form_is_quarantined_and_never_read_as_empty(shop: Shop, params: Any) -> None:
    shop.drop(f"hit_{DAY}.jsonl.gz", lines(HIT, HIT | {"params": params}))
    shop.land()
    assert [(row["_line"], row["reason"]) for row in shop.quarantined("hit")] == [
        (2, "params: not a list of keys with values")
    ]
    assert len(shop.accepted("hit")) == 1


def test_rows_without_parameters_or_columns_of_a_younger_export_are_read(shop: Shop) -> None:
    shop.drop(f"hit_{DAY}.jsonl.gz", lines({"visitor": "1.2", "at": 5, "params": []}, {"visitor": "1.2", "at": 6}))
    shop.drop(f"hit_table_{DAY}.parquet", parquet({"visitor": "1.2", "at": 7}))
    shop.land()
    assert [row["at"] for row in shop.accepted("hit")] == [5, 6]
    assert [row["at"] for row in shop.accepted("hit_table")] == [7]


def test_parquet_without_what_no_row_may_lack_is_refused(shop: Shop) -> None:
    shop.drop(f"hit_table_{DAY}.parquet", parquet({"visitor": "1.2"}))
    shop.land()
    assert shop.content()["reason"].startswith("missing_column: there is no column 'at'")


@pytest.mark.parametrize("key", ["page", 'a "quoted" \\ key', "größe"])
def test_a_value_is_found_alike_where_only_lists_with_its_key_are_taken_apart(shop: Shop, key: str) -> None:
    told = [json.dumps({**HIT, "params": [param(key, "string_value", "x")]}), json.dumps(HIT | {"params": []})]
    # As some write letters: the engine writes them in one way.
    told.append(told[0].replace("g", "\\u0067"))
    column = Column("found", "text", path=f"params[{key}]")
    entity = replace(load_entity("shop__hit"), columns=(column,))
    with warehouse.memory() as connection:
        connection.register("hits", pa.table({LINE: told}))
        judged, quick = (
            connection.execute(f"with {text_sql(entity, 'hits', is_judged=way)} select found from text").fetchall()
            for way in (True, False)
        )
    assert judged == quick == [("x",), (None,), ("x",)]
