"""Records of people to clusters: values in one way, edges by rule and by likeness, and what hangs together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from regulars.resolve.blobs import drop_blobs
from regulars.resolve.components import connect
from regulars.resolve.linking import compare
from regulars.resolve.normalise import written_in_one_way
from regulars.resolve.rule_edges import roles_of, write_rule_edges
from regulars.resolve.rules import DERIVED_ROLES, PeopleRules
from regulars.resolve.weights import Weights, learn
from regulars.warehouse import named

if TYPE_CHECKING:
    import duckdb

ROW = "_row_of_regulars"
"""The column of a table of people that numbers its rows."""


def cluster(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    roles: Mapping[str, str],
    rules: PeopleRules,
    threshold: float,
) -> Weights:
    """Group the rows of ``table``, numbered by its column ROW; ``roles``: its columns by role.

    Writes the temporary tables person (unique_id, a column a role), edge (left_id, right_id, rule, score, because),
    component (node, least) and refusal (what may not hang together: `drop_blobs`). Gives what was compared by.
    """
    write_people(connection, table, roles, rules)
    mine = rules.for_roles(roles_told(connection, "person"))
    write_rule_edges(connection, mine)
    write_descriptions(connection)
    weights = learn(connection, "description", mine)
    compare(connection, "description", mine, weights, threshold, "edge")
    drop_blobs(connection, rules)
    connect(connection, "edge", "component")
    return weights


def write_people(
    connection: duckdb.DuckDBPyConnection, table: str, roles: Mapping[str, str], rules: PeopleRules
) -> None:
    """The table person of ``table``, its values written in one way.

    A full name is taken apart where a record has no first and last names of their own; so is a house number that stands
    in the street.
    """
    columns = ", ".join(f"{named(column)} as {role}" for role, column in roles.items())
    connection.execute(f"create or replace table person as select {ROW} as unique_id, {columns} from {table}")
    present = list(roles)
    if "full_name" in present:
        present = _take_name_apart(connection, present)
    if "street" in present and "house_number" not in present:
        present = _take_street_apart(connection, present)
    country = "country" if "country" in present else ""
    written_in_one_way(connection, "person", {role: (rules.kinds[role], country) for role in present})
    if "email" in present:
        connection.execute(
            "create or replace table person as select *, nullif(split_part(email, '@', 1), '') as email_name, "
            "regexp_replace(split_part(email, '@', 1), '[^0-9]', '', 'g') as email_digits from person"
        )


def roles_told(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The roles that some record of ``table`` has a value of, but for derived ones."""
    roles = [role for role in roles_of(connection, table) if role not in DERIVED_ROLES]
    counts = ", ".join(f"count({role})" for role in roles) or "null"
    (told,) = connection.execute(f"select {counts} from {table}").fetchall()
    return [role for role, count in zip(roles, told, strict=False) if count]


def _take_name_apart(connection: duckdb.DuckDBPyConnection, present: list[str]) -> list[str]:
    parts = ("first_name", "last_name")
    for role in (role for role in parts if role not in present):
        connection.execute(f"alter table person add column {role} varchar")
    connection.execute(
        r"""
        update person set
            last_name = case when contains(full_name, ',') then split_part(full_name, ',', 1)
                else regexp_extract(trim(full_name), '(\S+)$', 1) end,
            first_name = case when contains(full_name, ',') then split_part(full_name, ',', 2)
                else regexp_replace(trim(full_name), '\s*\S+$', '') end
        where full_name is not null and first_name is null and last_name is null
        """
    )
    connection.execute("alter table person drop column full_name")
    return [*(role for role in present if role not in ("full_name", *parts)), *parts]


def _take_street_apart(connection: duckdb.DuckDBPyConnection, present: list[str]) -> list[str]:
    number = r"regexp_extract(street, '^\s*(\d+\s*[A-Za-z]?)[\s,]|[\s,](\d+\s*[A-Za-z]?)\s*$', ['before', 'after'])"
    connection.execute("alter table person add column house_number varchar")
    connection.execute(
        rf"""
        update person set
            house_number = nullif(concat({number}.before, {number}.after), ''),
            street = regexp_replace(
                regexp_replace(street, '^\s*\d+\s*[A-Za-z]?[\s,]+', ''), '[\s,]+\d+\s*[A-Za-z]?\s*$', ''
            )
        where street is not null
        """
    )
    return [*present, "house_number"]


def write_descriptions(connection: duckdb.DuckDBPyConnection) -> None:
    """The table description: of records of the table person that rules hold together and that say the same, the first;
    every other record as it is. What is joined already need not be weighed again.
    """
    connect(connection, "edge", "joined")
    roles = ", ".join(roles_of(connection, "person"))
    connection.execute(
        "create or replace table description as select person.* from person "
        "left join joined on joined.node = person.unique_id "
        f"qualify row_number() over (partition by coalesce(joined.least, unique_id), {roles} order by unique_id) = 1"
    )
