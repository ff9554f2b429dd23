"""The ledger of consents: every decision in the order it was appended, each row chained to the one before by its hash.

It is for whoever must show later what was agreed to, and that nobody changed it since. No mart is computed from it:
what a night says of consent follows from deliveries, so that a night built again says the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from regulars import warehouse
from regulars.config import Home
from regulars.errors import RegularsError
from regulars.failpoint import failpoint
from regulars.ledger import Ledger, consent_decision

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

FIRST_HASH = "0" * 64
"""Stands before the first row."""

_CHUNK = 10_000
_KEY = ("source", "record_key", "purpose", "channel", "decision", "effective_at", "recorded_at")
_TOLD = (*_KEY, "policy_version", "jurisdiction")

# A delivery that came late may show that a decision was known earlier than the ledger says: that is one more row.
_NEW_DECISIONS = f"""
select {", ".join(_TOLD)}
from (select *, known_at as recorded_at from work.intermediate.int_consent__decisions)
anti join appended using ({", ".join(_KEY)})
order by recorded_at, source, record_key, purpose, channel, effective_at, decision
"""


@dataclass(frozen=True)
class Chain:
    """What a walk along the ledger found: how many ``decisions`` are whole, and the ``head``, the hash of the last."""

    decisions: int
    head: str


def append_decisions(folder: Path, home: Home) -> dict[str, Any]:
    """Append the decisions of the candidate in ``folder`` that the ledger does not have, all of them or none.

    Running it again appends nothing. Gives how many were ``appended``, how many ``decisions`` there are, and the hash
    of the last one, ``head``: kept elsewhere, it shows later that no row was taken off the end.
    """
    failpoint("consent.before_append")
    store, appended = Ledger(home.operations_url), 0
    with store.transaction() as transaction, warehouse.candidate(folder, read_only=True) as connection:
        last = _last(transaction)
        connection.register("appended", _keys(transaction))
        for rows in _chunks(connection):
            batch = _chained(rows, last.decisions, last.head)
            transaction.execute(sa.insert(consent_decision), batch)
            last = Chain(batch[-1]["position"], batch[-1]["hash"])
            appended += len(batch)
            failpoint("consent.mid_append")
    failpoint("consent.after_append")
    return {"appended": appended, "decisions": last.decisions, "head": last.head}


def verify_chain(home: Home) -> Chain:
    """Walk along the whole ledger. Raises RegularsError that names the first row that was changed or is gone."""
    chain = Chain(0, FIRST_HASH)
    with Ledger(home.operations_url).transaction() as transaction:
        for row in _walk(transaction, consent_decision.c):
            position = chain.decisions + 1
            if row["position"] != position:
                raise _broken(position, f"is gone: {row['position']} follows {chain.decisions}")
            if row["hash"] != hash_of(chain.head, row):
                raise _broken(position, "is not what was appended: its hash does not fit")
            chain = Chain(position, row["hash"])
    return chain


def hash_of(before: str, row: Mapping[str, Any]) -> str:
    """sha256, in hex, over the hash of the row ``before`` and everything ``row`` says."""
    said = [row[name] for name in _TOLD]
    said = [value.isoformat(timespec="microseconds") if hasattr(value, "isoformat") else value for value in said]
    text = json.dumps([before, row["position"], *said], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _broken(position: int, how: str) -> RegularsError:
    return RegularsError(
        f"Decision {position} {how}",
        where="consent ledger, table consent_decision",
        next_step=f"compare it with a copy of the operational store; decisions before {position} are as they were",
    )


def _last(transaction: sa.Connection) -> Chain:
    table = consent_decision
    row = transaction.execute(
        sa.select(table.c.position, table.c.hash).order_by(table.c.position.desc()).limit(1)
    ).first()
    return Chain(row.position, row.hash) if row else Chain(0, FIRST_HASH)


def _walk(transaction: sa.Connection, columns: Any) -> Iterator[dict[str, Any]]:
    query = sa.select(*columns).order_by(consent_decision.c.position)
    found = transaction.execution_options(yield_per=_CHUNK).execute(query)
    yield from (dict(row) for row in found.mappings())


def _keys(transaction: sa.Connection) -> pa.Table:
    """What the ledger has, by what tells its rows apart."""
    import pyarrow as pa

    kinds = {name: pa.timestamp("us") if name.endswith("_at") else pa.string() for name in _KEY}
    query = sa.select(*(consent_decision.c[name] for name in _KEY))
    found = transaction.execution_options(yield_per=_CHUNK).execute(query).partitions()
    schema = pa.schema(kinds)
    batches = [
        pa.record_batch(
            [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), schema.types, strict=True)],
            schema=schema,
        )
        for rows in found
    ]
    return pa.Table.from_batches(batches, schema)


def _chunks(connection: duckdb.DuckDBPyConnection) -> Iterator[list[dict[str, Any]]]:
    found = connection.execute(_NEW_DECISIONS)
    while rows := found.fetchmany(_CHUNK):
        yield [dict(zip(_TOLD, row, strict=True)) for row in rows]


def _chained(rows: Sequence[dict[str, Any]], position: int, head: str) -> list[dict[str, Any]]:
    chained = []
    for number, row in enumerate(rows, start=position + 1):
        placed = {"position": number, **row}
        head = hash_of(head, placed)
        chained.append({**placed, "hash": head})
    return chained
