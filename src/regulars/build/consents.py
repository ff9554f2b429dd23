"""Binds what people may agree to, and the answers in landed rows, into the work file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from regulars.privacy.consent_purposes import Answer, Purpose
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

_TABLES = """
create table work.run.consent_channel (purpose varchar, channel varchar, basis varchar, jurisdiction varchar);
create table work.run.consent_policy
    (purpose varchar, channel varchar, policy_version varchar, valid_from timestamp, valid_until timestamp);
"""
_NO_ANSWER = (
    "select null::varchar as source, null::varchar as record_key, null::varchar as purpose, null::varchar as channel, "
    "null::varchar as answer, null::timestamp as effective_at, null::timestamp as known_at where false"
)


def bind_consents(connection: duckdb.DuckDBPyConnection, purposes: Sequence[Purpose]) -> None:
    """The tables run.consent_channel and run.consent_policy, and landed.consent_answer: a view with one row for each
    delivered answer, whatever entity it came in. The views of the landed entities must be there.
    """
    connection.execute(_TABLES)
    for one in purposes:
        connection.execute(
            "insert into work.run.consent_channel values (?, ?, ?, ?)",
            [one.purpose, one.channel, one.basis, one.jurisdiction],
        )
        for policy in one.policies:
            connection.execute(
                "insert into work.run.consent_policy values (?, ?, ?, ?, ?)",
                [one.purpose, one.channel, policy.version, policy.valid_from, policy.valid_until],
            )
    answers = [_answers_sql(one, answer) for one in purposes for answer in one.answers]
    connection.execute(f"create view work.landed.consent_answer as {' union all '.join(answers) or _NO_ANSWER}")


def _answers_sql(one: Purpose, answer: Answer) -> str:
    said_at = ", ".join(f'"{name}"' for name in answer.effective_at)
    return (
        f"select {answer.source} as source, {answer.record_key} as record_key, "
        f"{quoted(one.purpose)} as purpose, {quoted(one.channel)} as channel, "
        f'"{answer.column}" as answer, coalesce({said_at}) as effective_at, _known_at as known_at '
        f'from work.landed.{answer.view} where "{answer.column}" is not null'
    )
