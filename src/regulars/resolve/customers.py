"""Which of a night's records are one customer: what hangs together by rule, likeness and judgement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from regulars import warehouse
from regulars.config import Home
from regulars.resolve.blobs import drop_blobs
from regulars.resolve.cluster import ROW, roles_told, write_people, write_rule_edges
from regulars.resolve.components import connect
from regulars.resolve.judgements import JUDGED, Judgement, judgements, keep_apart
from regulars.resolve.likeness import add_likeness, kept_weights
from regulars.resolve.people_of_night import people_of_night
from regulars.resolve.rules import PeopleRules, load_people_rules

if TYPE_CHECKING:
    import duckdb

_LATEST = "(from work.intermediate.int_identity__people_described where is_latest)"

_OLDEST_FIRST = """
create or replace temp table aged as
select own_number, identifier_value as record_key, row_number() over (order by oldest, identifier_value) as age
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
    the tables ``work.resolve.edge`` (left_number, right_number, rule, score, because): what holds records together, and
    ``work.resolve.refusal`` (reason, rule, own_number, records, descriptions): what would have, and may not.

    ``connection``: the candidate, with the temporary table registry. The customer has the number of its oldest record:
    least (first known, place of the source in ``priority``, record_key). The same records give the same customers, in
    whatever order they came.
    """
    connection.execute(_OLDEST_FIRST, {"priority": list(priority)})
    rules, judged = load_people_rules(), judgements(home)
    _write_edges(connection, home, rules)
    _judge(connection, rules, judged)
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


def _write_edges(night: duckdb.DuckDBPyConnection, home: Home, rules: PeopleRules) -> None:
    """Edges by rule and by likeness. Personal values stay in a database of its own, in memory."""
    kept = kept_weights(night, home, rules)
    people = people_of_night(night, home, rules, _LATEST, "registry.customer_id")
    with warehouse.memory(spill=home.personal) as connection:
        connection.register("read", people.rename_columns([ROW, *people.column_names[1:]]))
        write_people(connection, "read", {role: role for role in people.column_names[1:]}, rules)
        write_rule_edges(connection, rules.for_roles(roles_told(connection, "person")))
        if kept:
            add_likeness(connection, rules, kept)
        drop_blobs(connection, rules)
        edges = connection.sql(
            "select left_id as left_number, right_id as right_number, rule, round(score, 6)::decimal(7, 6) as score, "
            "because from edge order by all"
        ).to_arrow_table()
        refused = connection.sql("select * rename (unique_id as own_number) from refusal order by all").to_arrow_table()
    for name, rows in (("edge", edges), ("refusal", refused)):
        night.register("found", rows)
        night.execute(f"create or replace table work.resolve.{name} as from found")
        night.unregister("found")


def _judge(connection: duckdb.DuckDBPyConnection, rules: PeopleRules, judged: Sequence[Judgement]) -> None:
    """Let a steward's judgements win over every rule: who is the same is joined, who is not is kept apart."""
    numbers = dict(connection.execute("select record_key, own_number from aged").fetchall()) if judged else {}
    known = [each for each in judged if each.one in numbers and each.other in numbers]
    for each in known:
        if each.is_same:
            connection.execute(
                "insert into work.resolve.edge values (?, ?, ?, 1, 'were judged by a steward to be one person')",
                [*sorted((numbers[each.one], numbers[each.other])), JUDGED],
            )
    apart = [(numbers[each.one], numbers[each.other]) for each in known if not each.is_same]
    if apart:
        keep_apart(connection, apart, [JUDGED, *(rule.name for rule in rules.rules)])
