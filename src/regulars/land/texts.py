"""What may be said of a personal text outside ``personal/``: how long it is, and how it sounds.

Sentiment is the compound score of VADER (Hutto and Gilbert, 2014): a lexicon of English words and emoji, each with the
mood people gave it, and rules for negation, degree and emphasis. It hears no irony. It is a function of text and
lexicon alone, and the lexicon is that of the locked package.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from regulars.sources import Column, SourceEntity

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_SHORT, LONGEST_MEDIUM = 80, 280
"""Characters of a text that is called short, or medium."""

SCORED_LANGUAGE = "en"


def length_class(text: str | None) -> str | None:
    """short, medium or long; null where there is no text."""
    if text is None or not text.strip():
        return None
    return "short" if len(text) <= LONGEST_SHORT else "medium" if len(text) <= LONGEST_MEDIUM else "long"


def sentiment_basis_points(text: str | None, language: str | None) -> int | None:
    """How ``text`` sounds, from -10,000 (as bad as can be) to 10,000; 0 is as much good as bad in it.

    Null where there is no text, where ``language`` (BCP 47) is not English or not known, and where no word of the
    lexicon is in it: that is no neutral text, but one nothing can be said of.
    """
    if text is None or language is None or language.lower().replace("_", "-").split("-")[0] != SCORED_LANGUAGE:
        return None
    scores = _analyzer().polarity_scores(text)
    return round(scores["compound"] * 10_000) if scores["pos"] or scores["neg"] else None


def with_derived(rows: pa.Table, entity: SourceEntity) -> pa.Table:
    """Typed rows with the columns that ``entity`` says are made from others."""
    for column in entity.columns:
        if column.is_derived:
            rows = rows.append_column(column.name, _made(column, rows))
    return rows


def _made(column: Column, rows: pa.Table) -> pa.Array:
    import pyarrow as pa

    if column.length_of:
        return pa.array(map(length_class, rows[column.length_of].to_pylist()), pa.string())
    told = zip(rows[column.sentiment_of].to_pylist(), rows[column.language_in].to_pylist(), strict=True)
    return pa.array([sentiment_basis_points(text, language) for text, language in told], pa.int64())


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
