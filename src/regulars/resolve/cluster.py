"""Records of people to clusters: values in one way, edges by rule and by likeness, and what hangs together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from regulars.resolve.components import connect
from regulars.resolve.linking import Linked, link
from regulars.resolve.normalise import written_in_one_way
from regulars.resolve.rules import DERIVED_ROLES, PeopleRules
from regulars.warehouse import named

if TYPE_CHECKING:
    import duckdb

ROW = "_row_of_regulars"
"""The column of a table of people that numbers its rows."""

_SAY_LITTLE = ("unique_id", "country", *DERIVED_ROLES)
"""Columns of a person that do not tell one from another."""


def cluster(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    roles: Mapping[str, str],
    rules: PeopleRules,
    threshold: float,
) -> Linked:
    """Group the rows of ``table``, numbered by its column ROW; ``roles``: its columns by role.

    Writes the temporary tables person (unique_id, a column a role), edge (left_id, right_id, rule, score, agreement)
    and component (node, least). Gives what was compared.
    """
    present = write_people(connection, table, roles, rules)
    mine = rules.for_roles(present)
    write_rule_edges(connection, mine)
    linked = link(connection, "person", mine, threshold, "edge")
    connect(connection, "edge", "component")
    return linked


def write_people(
    connection: duckdb.DuckDBPyConnection, table: str, roles: Mapping[str, str], rules: PeopleRules
) -> list[str]:
    """The table person of ``table``, its values written in one way; gives the roles it has.

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
        connection.execute("alter table person add column email_name varchar")
        connection.execute("update person set email_name = nullif(split_part(email, '@', 1), '')")
    return present


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
    (numbered,) = connection.execute(
        f"select count(*) from person where concat({number}.before, {number}.after) <> ''"
    ).fetchone() or (0,)
    if not numbered:
        return present
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


def write_rule_edges(connection: duckdb.DuckDBPyConnection, rules: PeopleRules) -> None:
    """The table edge with a star for each value that records of the table person share under a rule.

    A value that stands with more different people than its cap allows joins nobody. Records that say the same of their
    person count once, and one that says nothing else not at all: somebody may order any number of times.
    """
    connection.execute(
        "create or replace table edge (left_id bigint, right_id bigint, rule varchar, score double, "
        "agreement map(varchar, integer))"
    )
    roles = [name for name, *_ in connection.execute("describe person").fetchall()]
    for rule in rules.rules:
        same = ", ".join(rule.same)
        known = " and ".join(f"{role} is not null" for role in rule.same)
        capped = [rules.caps[role] for role in rule.same if role in rules.caps]
        others = ", ".join(role for role in roles if role not in (*rule.same, *_SAY_LITTLE))
        says_more = f"count(distinct hash({others})) filter (coalesce({others}) is not null) over (partition by {same})"
        cap = f"and {says_more} <= {min(capped)}" if capped and others else ""
        connection.execute(
            f"insert into edge select min(unique_id) over (partition by {same}) as left_id, unique_id, ?, 1, null "
            f"from person where {known} qualify left_id <> unique_id {cap}",
            [rule.name],
        )
