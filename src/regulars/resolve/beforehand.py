"""What is known of people before any record is seen, put into the weights that were learned from records.

Records can only teach what they show. Pairs that agree on an address know nobody who moved, and a sample of pairs knows
no two strangers whose e-mail addresses are a slip apart; an estimate then says never, which nothing outweighs.
"""

from __future__ import annotations

from typing import Any

from regulars.resolve.level_sql import edits_sql
from regulars.resolve.rules import PeopleRules

LEAST_SHARE = 0.005
"""Share of one person's pairs that each way to agree or differ is believed to have, however few showed it. An
assumption: of a simulated shop of 100,000, 0.003 gave 0.002 more precision and as much recall; 0.01 0.002 less,
and 0.001 more recall.
"""

_PAIRS_UNSEEN = 0.5
"""As so many of the sampled pairs counts what none of them showed by chance: so small a sample does not say never."""


def believed(model: dict[str, Any], rules: PeopleRules, *, sampled_pairs: int) -> dict[str, Any]:
    """Splink's ``model`` with nothing held impossible, and with what changes together counted once.

    ``sampled_pairs``: so many told how often values agree by chance. Where nothing was learned, what Splink starts from
    stays.
    """
    moves_with = {each.role: each.moves_with for each in rules.comparisons if each.moves_with}
    for comparison in model["comparisons"]:
        levels = comparison["comparison_levels"]
        _nothing_impossible([each for each in levels if not each.get("is_null_level")], _PAIRS_UNSEEN / sampled_pairs)
        if others := moves_with.get(comparison["output_column_name"]):
            levels.insert(_first_against(levels), _told_already(others))
    return model


def _first_against(levels: list[dict[str, Any]]) -> int:
    """The place of the first level that speaks against one person: more common by chance than of one person."""
    against = (each.get("m_probability", 1) < each.get("u_probability", 0) for each in levels[:-1])
    return next((place for place, is_against in enumerate(against) if is_against), len(levels) - 1)


def _nothing_impossible(levels: list[dict[str, Any]], by_chance_unseen: float) -> None:
    if not any(each.get("m_probability") for each in levels):
        return
    for each in levels:
        each["m_probability"] = max(each.get("m_probability") or 0, LEAST_SHARE)
        each["u_probability"] = each.get("u_probability") or by_chance_unseen
    total = sum(each["m_probability"] for each in levels)
    for each in levels:
        each["m_probability"] /= total


def _told_already(others: tuple[str, ...]) -> dict[str, Any]:
    """The level of who differs in one of ``others`` as well: it says nothing, as a blank does."""
    alike = (f"({edits_sql(f'{role}_l', f'{role}_r', 1)})" for role in others)
    differs = " or ".join(f"not {each}" for each in alike)
    return {"sql_condition": differs, "label_for_charts": f"another {' or '.join(others)}", "is_null_level": True}
