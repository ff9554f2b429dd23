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
    """How many ``decisions`` the ledger has, and the ``head``, the hash of the last one."""

    decisions: int
    head: str


def append_decisions(folder: Path, home: Home) -> dict[str, Any]:
    """Append the decisions of the candidate in ``folder`` that the ledger does not have; whoever does so has the lease.

    Running it again appends nothing; after a kill it appends the rest, in the same order. Gives how many were
    ``appended``, how many ``decisions`` there are, and the hash of the last one, ``head``: kept elsewhere, it shows
    later that no row was taken off the end.
    """
    failpoint("consent.before_append")
    store, appended = Ledger(home.operations_url), 0
    with warehouse.candidate(folder, read_only=True) as connection:
        connection.register("appended", _keys(store))
        for rows in _chunks(connection):
            # Others wait while one writes: never longer than for one chunk.
            with store.transaction() as transaction:
                transaction.execute(sa.insert(consent_decision), _chained(rows, _last(transaction)))
                failpoint("consent.mid_append")
            appended += len(rows)
    failpoint("consent.after_append")
    with store.transaction() as transaction:
        last = _last(transaction)
    return {"appended": appended, "decisions": last.decisions, "head": last.head}


def verify_chain(home: Home) -> Chain:
    """Walk along the whole ledger. Raises RegularsError that names the first row that was changed or is gone."""
    chain = Chain(0, FIRST_HASH)
    query = sa.select(consent_decision).order_by(consent_decision.c.position)
    for rows in Ledger(home.operations_url).batches(query, _CHUNK):
        for row in rows:
            position, said = chain.decisions + 1, row._asdict()
            if said["position"] != position:
                raise _broken(position, f"is gone: {said['position']} follows {chain.decisions}")
            if said["hash"] != hash_of(chain.head, said):
                raise _broken(position, "is not what was appended: its hash does not fit")
            chain = Chain(position, said["hash"])
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


def _keys(store: Ledger) -> pa.Table:
    """What the ledger has, by what tells its rows apart."""
    import pyarrow as pa

    schema = pa.schema([(name, pa.timestamp("us") if name.endswith("_at") else pa.string()) for name in _KEY])
    query = sa.select(*(consent_decision.c[name] for name in _KEY))
    columns = (zip(*rows, strict=True) for rows in store.batches(query, _CHUNK))
    batches = [
        pa.record_batch(
            [pa.array(values, kind) for values, kind in zip(each, schema.types, strict=True)], schema=schema
        )
        for each in columns
    ]
    return pa.Table.from_batches(batches, schema)


def _chunks(connection: duckdb.DuckDBPyConnection) -> Iterator[list[dict[str, Any]]]:
    found = connection.execute(_NEW_DECISIONS)
    while rows := found.fetchmany(_CHUNK):
        yield [dict(zip(_TOLD, row, strict=True)) for row in rows]


def _chained(rows: Sequence[dict[str, Any]], last: Chain) -> list[dict[str, Any]]:
    chained, head = [], last.head
    for position, row in enumerate(rows, start=last.decisions + 1):
        placed = {"position": position, **row}
        head = hash_of(head, placed)
        chained.append({**placed, "hash": head})
    return chained
