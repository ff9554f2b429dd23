"""Likeness: pairs of records that are probably one person, weighed by Splink."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from regulars.resolve.rules import PeopleRules
from regulars.resolve.weights import Weights
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

LIKENESS = "likeness"
"""The rule of an edge that no rule of `people.yml` made, but the model."""


def compare(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rules: PeopleRules,
    weights: Weights,
    threshold: float,
    into: str,
    *,
    only: str = "true",
    frequency: str = "",
) -> None:
    """Compare the records of ``table`` (unique_id, and a column a role) and add to the table ``into`` the pairs that
    are one person with a probability of ``threshold`` or more: left_id, right_id, rule (likeness), score (the
    probability) and because: what the two agree and differ in, in the words of `people.yml`.

    ``only``: a condition on the records l and r of a pair; ``frequency``: a table (role, value, share) of how common a
    value is, where the records of ``table`` are not to say that. Without weights nothing is written.
    """
    from splink import DuckDBAPI, Linker

    if not weights.model:
        return
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    api = DuckDBAPI(connection=connection)
    blocked = [
        rule | {"blocking_rule": f"({rule['blocking_rule']}) and {only}"}
        for rule in weights.model["blocking_rules_to_generate_predictions"]
    ]
    model = weights.model | {"blocking_rules_to_generate_predictions": blocked}
    linker = Linker(api.register(table), model, log_level=None)
    if frequency:
        for role in sorted({each.role for each in rules.comparisons for level in each.levels if level.by_frequency}):
            made = api.register(_frequency_of(connection, table, role, frequency))
            linker.table_management.register_term_frequency_lookup(made, role)
    found = linker.inference.predict(threshold_match_probability=threshold)
    connection.execute(
        f"insert into {into} select least(unique_id_l, unique_id_r), greatest(unique_id_l, unique_id_r), ?, "
        f"match_probability, {_because_sql(rules)} from {found.physical_name} order by 1, 2",
        [LIKENESS],
    )
    linker.table_management.delete_tables_created_by_splink_from_db()


def _because_sql(rules: PeopleRules) -> str:
    """Splink counts levels from the last: what fits none is 0, a blank -1, and of a blank nothing is said."""
    said = []
    for each in rules.comparisons:
        words = [f"{each.role.replace('_', ' ')} differs", *(level.says for level in reversed(each.levels))]
        cases = " ".join(f"when {number} then {quoted(told)}" for number, told in enumerate(words))
        said.append(f"case gamma_{each.role} {cases} end")
    return f"concat_ws('; ', {', '.join(said)})"


def _frequency_of(connection: duckdb.DuckDBPyConnection, table: str, role: str, frequency: str) -> str:
    """A table of how common each value of ``role`` is; one that was never counted is as rare as the rarest."""
    name = f"frequency_of_{role}"
    connection.execute(
        f"create or replace temp table {name} as select value as {role}, coalesce(counted.share, "
        f"(select min(share) from {frequency} where role = '{role}')) as tf_{role} "
        f"from (select distinct {role} as value from {table} where {role} is not null) as told "
        f"left join (select value, share from {frequency} where role = '{role}') as counted using (value)"
    )
    return name
