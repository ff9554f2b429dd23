"""The stage that finds the members of every segment and hands them to the night by the schema `work.segment`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars import config, warehouse
from regulars.errors import RegularsError
from regulars.failpoint import failpoint
from regulars.logs import logger
from regulars.segments.batch import condition_sql, profile_sql, traits_in
from regulars.segments.definitions import RecordList, SegmentDefinition, load_segments
from regulars.segments.traits import Trait

if TYPE_CHECKING:
    import duckdb

_log = logger("segments")

_RECORDS_SQL = """
insert into found
select distinct customer_id, ? from regulars.marts.bridge_customer_identifier
where (source, record_key) in (select source, record_key from listed)
  and customer_id in (select customer_id from regulars.marts.dim_customer)
"""
_UNKNOWN_RECORDS_SQL = """
select count(*) from listed
where (source, record_key) not in (select source, record_key from regulars.marts.bridge_customer_identifier)
"""


def evaluate_segments(candidate_folder: Path, traits: Mapping[str, Trait]) -> dict[str, Any]:
    """Write `work.segment.definition` and `work.segment.member` for all of `conf/segments`, both or neither.

    Members are customers of `marts.dim_customer`, as of the night's origin. Gives counts only: segments, memberships,
    and for each list how many of its records no source has sent. Raises UsageError for a definition that is wrong.
    """
    definitions = load_segments(config.CONF / "segments", traits)
    with warehouse.candidate(candidate_folder) as connection:
        _make_profile(connection, definitions, _origin(connection))
        connection.execute("create temp table found (customer_id bigint, segment_id varchar)")
        unknown = {}
        for definition in definitions:
            if isinstance(definition.members, RecordList):
                unknown[definition.segment_id] = _find_listed(connection, definition.segment_id, definition.members)
            else:
                condition = condition_sql(definition.members)
                insert = f"insert into found select customer_id, ? from profile where {condition.text}"
                connection.execute(insert, [definition.segment_id, *condition.values])
        members = _write(connection, definitions)
    for segment_id, records in unknown.items():
        if records:
            _log.info("segment %s: %d records of its list are in no source", segment_id, records)
    return {"segments": len(definitions), "memberships": members, "unknown_list_records": unknown}


def _origin(connection: duckdb.DuckDBPyConnection) -> datetime:
    origins = connection.execute("select as_of from work.run.origin").fetchall()
    if len(origins) != 1:
        raise RegularsError(
            f"Segments belong to one night, and this candidate has {len(origins)} origins",
            where="work.run.origin",
            next_step="run this on the candidate of a night, not on a training frame",
        )
    return origins[0][0]


def _make_profile(
    connection: duckdb.DuckDBPyConnection, definitions: Iterable[SegmentDefinition], as_of: datetime
) -> None:
    """A temporary table with the traits any rule asks for: the marts are read once, whatever the number of rules."""
    rules = [definition.members for definition in definitions if not isinstance(definition.members, RecordList)]
    wanted = frozenset().union(*(traits_in(rule) for rule in rules))
    connection.execute(f"create temp table profile as {profile_sql(wanted)}", [as_of])


def _find_listed(connection: duckdb.DuckDBPyConnection, segment_id: str, listed: RecordList) -> int:
    """Add the customers whose record is on the list; gives how many records of the list are unknown."""
    connection.execute("create or replace temp table listed (source varchar, record_key varchar)")
    if listed.records:
        connection.execute(
            "insert into listed select unnest(?), unnest(?)", [list(part) for part in zip(*listed.records, strict=True)]
        )
    connection.execute(_RECORDS_SQL, [segment_id])
    counted = connection.execute(_UNKNOWN_RECORDS_SQL).fetchone()
    return int(counted[0]) if counted else 0


def _write(connection: duckdb.DuckDBPyConnection, definitions: Sequence[SegmentDefinition]) -> int:
    connection.execute("begin")
    connection.execute("create schema if not exists work.segment")
    connection.execute(
        "create or replace table work.segment.definition "
        "(segment_id varchar, name varchar, kind varchar, rule varchar, description varchar)"
    )
    for each in definitions:
        connection.execute(
            "insert into work.segment.definition values (?, ?, ?, ?, ?)",
            [each.segment_id, each.name, each.kind, each.rule_in_words, each.description],
        )
    connection.execute(
        "create or replace table work.segment.member as select customer_id, segment_id from found order by all"
    )
    counted = connection.execute("select count(*) from work.segment.member").fetchone()
    failpoint("segment.before_commit")
    connection.execute("commit")
    return int(counted[0]) if counted else 0
