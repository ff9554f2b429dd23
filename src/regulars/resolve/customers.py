"""Which of a night's records are one customer: what hangs together by the rules of `conf/identity/people.yml`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from regulars import warehouse
from regulars.config import Home
from regulars.resolve.cluster import ROW, write_people, write_rule_edges
from regulars.resolve.components import connect
from regulars.resolve.people_of_night import people_of_night
from regulars.resolve.rules import PeopleRules, load_people_rules

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_OLDEST_FIRST = """
create or replace temp table aged as
select own_number, row_number() over (order by oldest, identifier_value) as age
from (
    select registry.customer_id as own_number, registry.identifier_value,
        min(row(record.first_known_at, coalesce(list_position($priority, record.source), 999))) as oldest
    from work.intermediate.int_identity__source_records as record
    join registry using (identifier_type, identifier_value)
    group by registry.customer_id, registry.identifier_value
)
"""


def write_customers(connection: duckdb.DuckDBPyConnection, home: Home, priority: Sequence[str]) -> None:
    """Write the temporary table customer (own_number, customer_id) of a candidate, a row a number of its records, and
    the table ``work.resolve.edge`` (left_number, right_number, rule): what holds records together.

    ``connection``: the candidate, with the temporary table registry. The customer has the number of its oldest record:
    least (first known, place of the source in ``priority``, record_key). The same records give the same customers, in
    whatever order they came.
    """
    connection.execute(_OLDEST_FIRST, {"priority": list(priority)})
    rules = load_people_rules()
    connection.register("found", _edges(people_of_night(connection, home, rules), home, rules))
    connection.execute(
        "create or replace table work.resolve.edge as select left_id as left_number, right_id as right_number, rule "
        "from found order by all"
    )
    connection.unregister("found")
    connect(
        connection,
        "(select one.age as left_id, other.age as right_id from work.resolve.edge "
        "join aged as one on one.own_number = left_number join aged as other on other.own_number = right_number)",
        "component",
    )
    connection.execute(
        "create or replace temp table customer as select aged.own_number, oldest.own_number as customer_id from aged "
        "left join component on component.node = aged.age "
        "join aged as oldest on oldest.age = coalesce(component.least, aged.age)"
    )


def _edges(people: pa.Table, home: Home, rules: PeopleRules) -> pa.Table:
    """Pairs of own numbers that a rule holds together. Personal values stay in a database of its own, in memory."""
    present = [role for role in rules.kinds if people.column(role).null_count < people.num_rows]
    with warehouse.memory(spill=home.personal) as connection:
        connection.register("read", people.rename_columns([ROW, *people.column_names[1:]]))
        roles = write_people(connection, "read", {role: role for role in present}, rules)
        write_rule_edges(connection, rules.for_roles(roles))
        return connection.execute("select left_id, right_id, rule from edge").to_arrow_table()
