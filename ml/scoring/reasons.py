"""Why a score is what it is, in words: what the strongest contributions speak of, as the contract of the features says.

Features tell much the same thing in many ways, so contributions are added up by what they are ``about``, and the
strongest feature of each speaks for it. Sums of Shapley values are as additive as the values themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.frame import scoring_batches
from ml.datasets.schema import Feature
from ml.models.learners import Fitted
from ml.models.spec import ModelSpec
from regulars.contracts import Column

if TYPE_CHECKING:
    import duckdb

REASONS = 3
_BATCH_ROWS = 50_000
_EXPLAINED = """
select customer_id from work.score.customer_score where model = $model and decile > 10 - $deciles
"""
_RAW = (
    "create or replace temp table raw_reason (customer_id bigint, place integer, column_name varchar, towards varchar)"
)
_SPOKEN = """
update work.score.customer_score as score
set reason_1 = spoken.reason_1, reason_2 = spoken.reason_2, reason_3 = spoken.reason_3
from (
    select customer_id, <reasons>
    from (
        select r.customer_id, r.place, <text> as spoken
        from raw_reason as r
        inner join regulars.marts.customer_features as f on r.customer_id = f.customer_id
        where f.as_of = $as_of
    )
    group by customer_id
) as spoken
where score.model = $model and score.customer_id = spoken.customer_id
"""
_SINGULAR = r"regexp_replace(<text>, '(^|[^0-9.])1 ((?:business )?[a-z]+)s\b', '\11 \2', 'g')"


def write_reasons(
    connection: duckdb.DuckDBPyConnection,
    spec: ModelSpec,
    fitted: Fitted | None,
    columns: Sequence[Column],
    features: tuple[Feature, ...],
    as_of: datetime,
) -> None:
    """Fill reason_1 to reason_3 of work.score.customer_score for the highest deciles of ``spec``, as many as it says.

    ``higher:`` or ``lower:`` tells which way a reason moves the score from what is said of nobody in particular. A rule
    (``fitted`` is None) gives its one reason. ``columns`` are the contract's features, with what is ``said`` of each.
    """
    connection.execute(_RAW)
    explained = {"model": spec.name, "deciles": spec.explained_deciles}
    if fitted is None:
        connection.execute(
            f"insert into raw_reason select customer_id, 1, 'rule', 'rule' from ({_EXPLAINED})", explained
        )
        said = {"rule": sentence(spec.baseline.said, columns)}
    else:
        customers = np.asarray(connection.execute(_EXPLAINED, explained).fetchnumpy()["customer_id"])
        _write_raw_reasons(connection, customers, fitted, columns, features, as_of)
        said = {column.name: sentence(column.meta["said"], columns, column) for column in columns}
    cases = " ".join(f"when '{name}' then {spoken}" for name, spoken in said.items())
    text = f"concat(r.towards, ': ', {_SINGULAR.replace('<text>', f'case r.column_name {cases} end')})"
    # Said once and then set in place: each figure of a sentence costs memory, and there are three places.
    reasons = ", ".join(f"max(spoken) filter (where place = {n}) as reason_{n}" for n in range(1, REASONS + 1))
    query = _SPOKEN.replace("<reasons>", reasons).replace("<text>", text)
    connection.execute(query, {"as_of": as_of, "model": spec.name})


def strongest(contributions: np.ndarray, about: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The REASONS strongest themes of each row: the feature that speaks for each, and the sum of its contributions.

    ``contributions`` is (rows, features), ``about`` the theme of each feature; both results are (rows, reasons), the
    strongest first. The feature that speaks is the one that pulls most the way its theme does.
    """
    themes, of = np.unique(np.array(about), return_inverse=True)
    added = np.column_stack([contributions[:, of == theme].sum(axis=1) for theme in range(len(themes))])
    chosen = np.argsort(-np.abs(added), axis=1, kind="stable")[:, :REASONS]
    total = np.take_along_axis(added, chosen, axis=1)
    speaks = np.empty_like(chosen)
    for place in range(chosen.shape[1]):
        is_of_theme = of[None, :] == chosen[:, place, None]
        pull = np.where(is_of_theme, contributions * np.sign(total[:, place, None]), -np.inf)
        speaks[:, place] = pull.argmax(axis=1)
    return speaks, total


def sentence(said: str, columns: Sequence[Column], value: Column | None = None) -> str:
    """The SQL text of ``said``, from a row of customer_features called ``f``.

    ``{value}`` is the figure of ``value``, ``{column}`` that of another column; what stands in ``[ ]`` is left out
    where its figure is null. Where ``value`` itself is null, the meaning of that is said.
    """
    known = {column.name: column for column in columns} | ({"value": value} if value else {})
    parts = [
        f"coalesce({_clause(part, known)}, '')" if is_optional else _clause(part, known)
        for number, part in enumerate(re.split(r"\[(.*?)\]", said))
        if (is_optional := number % 2) or part
    ]
    spoken = " || ".join(parts)
    if value is None:
        return spoken
    unknown = value.meta["null_means"].replace("the window", f"the last {value.meta['window']}")
    return f"coalesce({spoken}, {_quoted(unknown)})"


def _clause(text: str, known: dict[str, Column]) -> str:
    pieces = re.split(r"\{(\w+)\}", text)
    return " || ".join(
        _figure(piece, known.get(piece)) if number % 2 else _quoted(piece)
        for number, piece in enumerate(pieces)
        if number % 2 or piece
    )


def _figure(name: str, column: Column | None) -> str:
    """A column of ``f`` as people write it, by its unit; null stays null."""
    if column is None:
        return f'cast(f."{name}" as varchar)'
    place, unit = f'f."{column.name}"', column.meta.get("unit")
    if unit == "share":
        return f"cast(round(100 * {place}) as integer) || ' %'"
    if unit == "currency":
        return f"cast({place} as decimal(18, 2)) || ' ' || (select reporting_currency from work.run.context)"
    return (
        f"cast(cast({place} as decimal(18, 1)) as varchar)" if column.type == "double" else f"cast({place} as varchar)"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _write_raw_reasons(
    connection: duckdb.DuckDBPyConnection,
    explained: np.ndarray,
    fitted: Fitted,
    columns: Sequence[Column],
    features: tuple[Feature, ...],
    as_of: datetime,
) -> None:
    import pyarrow as pa

    about, names = [column.meta["about"] for column in columns], pa.array([column.name for column in columns])
    directions = pa.array(["lower", "higher"])
    # A cursor of its own reads while this connection writes.
    for batch in scoring_batches(connection.cursor(), features, (), as_of, _BATCH_ROWS):
        rows = batch.where(np.isin(batch.customer_id, explained))
        if not len(rows):
            continue
        speaks, total = strongest(fitted.contributions(rows.matrix)[:, :-1], about)
        for place in range(total.shape[1]):
            table = pa.table(
                {
                    "customer_id": rows.customer_id,
                    "column_name": pa.DictionaryArray.from_arrays(speaks[:, place], names),
                    "towards": pa.DictionaryArray.from_arrays((total[:, place] > 0).astype(np.int8), directions),
                    "strength": np.abs(total[:, place]),
                }
            )
            connection.register("told", table)
            connection.execute(
                "insert into raw_reason select customer_id, ?, column_name, towards from told where strength > 0",
                [place + 1],
            )
            connection.unregister("told")
