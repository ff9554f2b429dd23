"""How alike two texts are, as conditions in SQL."""

from __future__ import annotations


def edits_sql(one: str, other: str, edits: int) -> str:
    """Whether two texts are at most so many edits apart (Damerau–Levenshtein), told by cheaper measures first: to
    exchange two letters is two edits of the plain distance, which costs a tenth where texts differ much.
    """
    return (
        f"abs(length({one}) - length({other})) <= {edits} and levenshtein({one}, {other}) <= {2 * edits} "
        f"and damerau_levenshtein({one}, {other}) <= {edits}"
    )
