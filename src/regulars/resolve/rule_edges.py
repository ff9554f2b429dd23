"""Edges by rule: records that agree on all a rule asks for, and what joins nobody because too many share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.resolve.rules import DERIVED_ROLES, PeopleRules, Rule

if TYPE_CHECKING:
    import duckdb

_SAY_LITTLE = ("country", *DERIVED_ROLES)
"""Columns of a person that do not tell one from another."""


def write_rule_edges(connection: duckdb.DuckDBPyConnection, rules: PeopleRules) -> None:
    """The table edge with a star for each value that records of the table person share under a rule, and the table
    over_cap of those that join nobody.

    A value that more differently described records carry than its cap allows joins nobody. A record that says nothing
    else of its person does not count for that: somebody may order as a guest any number of times.
    """
    connection.execute(
        "create or replace table edge (left_id bigint, right_id bigint, rule varchar, score double, because varchar); "
        "create or replace table over_cap "
        "(reason varchar, rule varchar, unique_id bigint, records bigint, descriptions bigint)"
    )
    for rule in rules.rules:
        cap = min((rules.caps[role] for role in rule.same if role in rules.caps), default=None)
        _write_shared(connection, rule)
        connection.execute(
            "insert into over_cap select 'shared_value', ?, least, records, descriptions from shared "
            "where descriptions > ?",
            [rule.name, cap],
        )
        connection.execute(
            "create or replace temp table joining as select person.unique_id, least, "
            f"{', '.join(rule.unless_differ) or 'null as nothing'} from person "
            f"join shared using ({', '.join(rule.same)}) where descriptions <= coalesce(?, descriptions)",
            [cap],
        )
        joined = _by_likely_person(rule) if rule.unless_differ else "select least, unique_id from joining"
        connection.execute(
            f"insert into edge select least, unique_id, ?, 1, ? from ({joined}) as told (least, unique_id) "
            "where unique_id <> least",
            [rule.name, rule.says],
        )


def roles_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The columns of a table of people but for its key, derived roles among them."""
    described = connection.execute(f"describe {table}").fetchall()
    return [name for name, *_ in described if name != "unique_id"]


def _write_shared(connection: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """The table shared: each value of the rule that several records carry, their least number, and how many there are
    and in how many ways they tell of a person."""
    same = ", ".join(rule.same)
    known = " and ".join(f"{role} is not null" for role in rule.same)
    others = ", ".join(role for role in roles_of(connection, "person") if role not in (*rule.same, *_SAY_LITTLE))
    described = f"case when coalesce({others}) is not null then hash({others}) end" if others else "null"
    connection.execute(
        "create or replace temp table shared as select min(unique_id) as least, count(*) as records, "
        f"count(distinct {described}) as descriptions, {same} from person where {known} "
        "group by all having records > 1"
    )


def _by_likely_person(rule: Rule) -> str:
    """Pairs of the table joining where records that share the value are told apart if they differ in all the rule says.

    Who agrees in all of it is one; of those who tell it all, two are joined that agree in some of it; who leaves some
    of it out is joined with the first who fits best, and with nobody else: else it would join those told apart.
    """
    parts = ", ".join(rule.unless_differ)
    tells_all = " and ".join(f"{role} is not null" for role in rule.unless_differ)
    agrees = " or ".join(f"one.{role} = other.{role}" for role in rule.unless_differ)
    return f"""
        with numbered as (
            select *, min(unique_id) over (partition by least, {parts}) as first from joining
        ),
        told as (select distinct least as value, first, {parts}, {tells_all} as tells_all from numbered)
        select first, unique_id from numbered
        union all
        select one.first, other.first from told as one join told as other using (value)
        where one.first < other.first and one.tells_all and other.tells_all and ({agrees})
        union all
        select arg_min(one.first, (not coalesce({agrees}, false), not one.tells_all, one.first)), other.first
        from told as one join told as other using (value)
        where not other.tells_all and (one.tells_all or one.first < other.first)
        group by other.first
    """
