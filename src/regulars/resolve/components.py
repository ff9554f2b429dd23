"""Connected components: records that hang together by edges, found inside DuckDB.

Each round hooks every record to its least neighbour, shortens the chains this makes, and keeps only edges between what
is not one yet. A chain or a star of n records takes a number of rounds that grows with log n (hooking and shortcutting:
Shiloach and Vishkin, J. Algorithms 3, 1982).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def connect(connection: duckdb.DuckDBPyConnection, edges: str, into: str) -> None:
    """Write the temporary table ``into`` (node, least): each node of an edge, and the least node it hangs with.

    ``edges``: a table or query in parentheses with columns left_id and right_id, whole numbers, in any order. A node
    without an edge has no row.
    """
    connection.execute(
        f"create or replace temp table open_edge as select distinct left_id, right_id from {edges} "
        "where left_id <> right_id"
    )
    connection.execute(
        f"create or replace temp table {into} as select distinct unnest([left_id, right_id]) as node, node as least "
        "from open_edge"
    )
    while _has_rows(connection, "open_edge"):
        connection.execute(
            "create or replace temp table hook as select greatest(left_id, right_id) as node, "
            "min(least(left_id, right_id)) as least from open_edge group by 1"
        )
        _shorten(connection)
        connection.execute(f"update {into} set least = hook.least from hook where {into}.least = hook.node")
        connection.execute(
            "create or replace temp table open_edge as select distinct coalesce(one.least, left_id) as left_id, "
            "coalesce(other.least, right_id) as right_id from open_edge "
            "left join hook as one on one.node = left_id left join hook as other on other.node = right_id "
            "where coalesce(one.least, left_id) <> coalesce(other.least, right_id)"
        )
    connection.execute("drop table open_edge; drop table if exists hook")


def _shorten(connection: duckdb.DuckDBPyConnection) -> None:
    """Let every hook lead to the end of its chain; each pass halves the way."""
    longer = "from hook join hook as further on further.node = hook.least"
    while connection.execute(f"select exists (select 1 {longer})").fetchone() == (True,):
        connection.execute(
            "create or replace temp table shorter as select hook.node, coalesce(further.least, hook.least) as least "
            "from hook left join hook as further on further.node = hook.least"
        )
        connection.execute("create or replace temp table hook as from shorter")
    connection.execute("drop table if exists shorter")


def _has_rows(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return connection.execute(f"select exists (select 1 from {table})").fetchone() == (True,)
