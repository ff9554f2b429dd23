"""Blobs: what would grow together into more than a person is. It is told, and never built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.resolve.components import connect
from regulars.resolve.linking import LIKENESS
from regulars.resolve.rules import PeopleRules

if TYPE_CHECKING:
    import duckdb


def drop_blobs(connection: duckdb.DuckDBPyConnection, rules: PeopleRules) -> None:
    """Take out of the table edge what holds together more different descriptions of a person than
    ``rules.most_descriptions``: likeness first; where rules alone still do, these too. Each is told in the table
    refusal, by its first record.
    """
    connection.execute("create or replace table refusal as from over_cap")
    described = [name for name, *_ in connection.execute("describe person").fetchall() if name != "unique_id"]
    roles = ", ".join(described) or "null"
    for reason, only in (("blob_by_likeness", f"rule = '{LIKENESS}'"), ("blob_by_rules", "true")):
        connect(connection, "edge", "component")
        connection.execute(
            "create or replace table blob as select least, count(*) as records, count(distinct said) as descriptions "
            f"from component join (select unique_id as node, hash({roles}) as said from person) using (node) "
            f"where least in (select least from component join edge on node = left_id where {only}) "
            f"group by least having descriptions > {rules.most_descriptions}"
        )
        connection.execute(f"insert into refusal select '{reason}', null, least, records, descriptions from blob")
        connection.execute(
            f"delete from edge where {only} and left_id in (select node from component join blob using (least))"
        )
