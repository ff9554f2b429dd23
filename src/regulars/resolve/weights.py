"""How much each part of a person says: learned from the records themselves, without labels, and kept as plain JSON.

Fellegi and Sunter's model (JASA 64, 1969) with term frequencies, estimated by expectation maximisation in Splink. All
of it runs in DuckDB; sampling is by hash, so the same records give the same weights.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from regulars.resolve.beforehand import believed
from regulars.resolve.level_sql import edits_sql
from regulars.resolve.rules import Comparison, Level, PeopleRules

if TYPE_CHECKING:
    import duckdb

SEED = 1
FEWEST_RECORDS = 200
"""Below, weights would be told from too few pairs, and rules alone join."""

PAIRS_PER_RECORD, FEWEST_AFFORDABLE_PAIRS = 6, 1_000_000
"""What comparing may cost: so many pairs for each record, and never fewer than the second figure."""

SAMPLED_PAIRS = 100_000
"""How often values agree by chance is counted in a sample of this many pairs. Twenty times as many changed F1 by less
than 0.002 on FEBRL 1 and 2 and on a thousand records with errors.
"""

TRAINING_PAIRS = 100_000
"""Each estimation looks at no more pairs than these, sampled by hash. Ten times as many left F1 of 250,000 records as
it was.
"""

SHARE_NEARLY_SURE = 0.5
"""Share of the pairs of one person that agree on that set called nearly sure which most pairs agree on."""

_MOST_LIKELY_PRIOR = 0.5
"""Of any two records of one table; more, and nothing would be left to weigh."""


@dataclass(frozen=True)
class Weights:
    """The sets of roles that pairs are compared by, those ``left_out`` as too many pairs share them, and Splink's
    ``model``, which is plain JSON; it is empty where there were too few records or roles to learn from.
    """

    blocking: tuple[tuple[str, ...], ...]
    left_out: tuple[tuple[str, ...], ...]
    model: dict[str, Any]


def learn(connection: duckdb.DuckDBPyConnection, table: str, rules: PeopleRules) -> Weights:
    """Weights from the records of ``table`` (unique_id, and a column a role); ``rules``: those for its roles."""
    from splink import DuckDBAPI, Linker

    blocking, left_out = _affordable(connection, table, rules)
    if not blocking:
        return Weights(blocking, left_out, {})
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    api = DuckDBAPI(connection=connection)
    settings = _settings(rules, blocking, _prior(connection, table, rules))
    linker = Linker(api.register(table), settings, log_level=None)
    _train(linker, rules)
    model = believed(linker.misc.save_model_to_json(), rules, sampled_pairs=SAMPLED_PAIRS)
    linker.table_management.delete_tables_created_by_splink_from_db()
    return Weights(blocking, left_out, model)


def _affordable(
    connection: duckdb.DuckDBPyConnection, table: str, rules: PeopleRules
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """The sets to block by, most telling first while pairs can be afforded, and those left out: with few cities, many
    people share one.
    """
    ((records,),) = connection.execute(f"select count(*) from {table}").fetchall()
    if records < FEWEST_RECORDS or not rules.comparisons:
        return (), ()
    counted = sorted((_pairs(connection, table, roles), number) for number, roles in enumerate(rules.blocking))
    left, kept = max(PAIRS_PER_RECORD * records, FEWEST_AFFORDABLE_PAIRS), []
    for pairs, number in counted:
        left -= pairs
        if left >= 0:
            kept.append(number)
    sets = list(enumerate(rules.blocking))
    return tuple(roles for n, roles in sets if n in kept), tuple(roles for n, roles in sets if n not in kept)


def _pairs(connection: duckdb.DuckDBPyConnection, table: str, roles: tuple[str, ...]) -> int:
    known = " and ".join(f"{role} is not null" for role in roles)
    # All of it is fetched: Splink, which comes next, may not meet a result that is still open.
    ((pairs,),) = connection.execute(
        "select coalesce(sum(together * (together - 1) // 2), 0)::bigint from (select count(*) as together "
        f"from {table} where {known} group by {', '.join(roles)})"
    ).fetchall()
    return int(pairs)


def _prior(connection: duckdb.DuckDBPyConnection, table: str, rules: PeopleRules) -> float:
    """How likely any two records are one person, by the pairs that nearly surely are; at least one pair is expected."""
    ((records,),) = connection.execute(f"select count(*) from {table}").fetchall()
    sure = max((_pairs(connection, table, roles) for roles in rules.nearly_sure), default=0)
    return float(min(max(sure / SHARE_NEARLY_SURE, 1) / (records * (records - 1) / 2), _MOST_LIKELY_PRIOR))


def _settings(rules: PeopleRules, blocking: Sequence[tuple[str, ...]], prior: float) -> Any:
    from splink import SettingsCreator, block_on

    crossed: list[Any] = [f"l.{one} = r.{other} and l.{other} = r.{one}" for one, other in rules.swapped]
    return SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=prior,
        comparisons=[_comparison(each) for each in rules.comparisons],
        blocking_rules_to_generate_predictions=[*(block_on(*roles) for roles in blocking), *crossed],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=True,
        linker_uid="people",
    )


def _comparison(comparison: Comparison) -> Any:
    import splink.comparison_level_library as levels
    import splink.comparison_library as comparisons

    made = [levels.NullLevel(comparison.role), *(_level(comparison.role, level) for level in comparison.levels)]
    return comparisons.CustomComparison(
        output_column_name=comparison.role, comparison_levels=[*made, levels.ElseLevel()]
    )


def _level(role: str, level: Level) -> Any:
    import splink.comparison_level_library as levels

    if level.and_same:
        # First, since it is told at once where a distance costs microseconds.
        agree = levels.CustomLevel(f'"{level.and_same}_l" = "{level.and_same}_r"')
        return levels.And(agree, _level(role, replace(level, and_same=None)))
    if level.kind == "swapped_with":
        return levels.ColumnsReversedLevel(role, level.value)
    if level.kind == "edits":
        return levels.CustomLevel(edits_sql(f'"{role}_l"', f'"{role}_r"', level.value), level.says)
    if level.kind == "alike":
        return levels.JaroWinklerLevel(role, level.value)
    return levels.ExactMatchLevel(level.value if level.kind == "same" else role, level.by_frequency)


def _train(linker: Any, rules: PeopleRules) -> None:
    """How often values agree by chance, and how often they do for one person."""
    from splink import block_on

    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=SEED)
    for roles in rules.train_on:
        # Splink leaves out each comparison that looks at one of them, and fails where none is left.
        if any(each.roles.isdisjoint(roles) for each in rules.comparisons):
            _estimate_among(linker, block_on(*roles))


def _estimate_among(linker: Any, agreeing: Any) -> None:
    """Estimate weights among pairs ``agreeing`` on something; where there are none, other sets stand in.

    So they do where one person's records differ from others so clearly that the share of some difference runs into
    zero: Splink refuses that (its pull request 2851), and leaves its settings half changed.
    """
    from splink.internals.exceptions import EMTrainingException

    before = linker._settings_obj.core_model_settings.copy()
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(
            agreeing, max_pairs=TRAINING_PAIRS, estimate_without_term_frequencies=True
        )
    except (ValueError, EMTrainingException):
        linker._settings_obj.core_model_settings = before
