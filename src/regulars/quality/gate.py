"""The gates: the severity of a broken claim decides what happens to the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars import ledger, warehouse
from regulars.config import Home, World
from regulars.durable import remove_tree
from regulars.errors import DataHeld
from regulars.failpoint import failpoint
from regulars.logs import logger
from regulars.quality.findings import Finding, broken_by_severity, told, write_results
from regulars.quality.judge import judge
from regulars.quality.landed import Content, Waiting, record, settle, waiting
from regulars.quality.set_aside import Refusals, refuse, write_refused
from regulars.quality.suites import load_suite, load_suites
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

SEARCH_PATHS = {"profile": "regulars.marts", "scores": "work.score,regulars.marts", "segments": "regulars.marts"}
"""Where the tables of a boundary stand in a candidate; scores are judged before they become a mart."""

_REASONS_TOLD = 5
"""An error names this many reasons; the ledger has them all."""


def gate_candidate(folder: Path, boundary: str) -> dict[str, Any]:
    """Judge the tables of ``boundary`` (profile, scores or segments) in the candidate ``folder``.

    Gives counts by severity. The results are left in ``<folder>/gates/<boundary>.json``, also when the gate does not
    pass. Raises DataHeld when a critical claim is broken: the night ends, and what was published before stays in front.
    """
    files = {name: folder / f"{name}.duckdb" for name in ("regulars", "work")}
    findings = judge(load_suites(boundary), files, SEARCH_PATHS[boundary])
    failpoint("quality.mid_gate")
    write_results(folder / "gates" / f"{boundary}.json", findings)
    broken = [finding for finding in findings if finding.is_critical_failure]
    if broken:
        raise DataHeld(
            "; ".join(map(told, broken)),
            where=f"gate '{boundary}'",
            next_step="the last publication stays in front; mend what the claim names, then run the night again",
        )
    logger("quality").info("gate %s passed: %d claims", boundary, len(findings))
    return {"gate": boundary, "claims": len(findings), "broken": broken_by_severity(findings)}


def gate_landed(home: Home, world: World, source: str) -> dict[str, Any]:
    """Judge the contents of ``source`` that no gate has let through yet, and settle each in the ledger.

    ``landed`` becomes ``accepted``, or ``held`` when a critical claim is broken in it or more of its rows are bad than
    the source allows. Rows that break a warning are set aside: named in ``<sha256>.gate.parquet`` of the quarantine and
    counted in the ledger. What a gate held is judged again, unless a corrected file came under its name.
    Gives counts. Results are left in ``landed/gates/<source>.json``. Raises DataHeld when something of a required
    entity is held; the night goes on without what is held of an optional one.
    """
    store = ledger.Ledger(home.operations_url)
    entities = waiting(store, world, source)
    judged = [entity for entity in entities if entity.with_rows]
    findings: list[Finding] = []
    refusals: dict[str, Refusals] = {}
    if judged:
        findings, refusals = _judge_landed(home, source, judged)
        write_results(home.landed / "gates" / f"{source}.json", findings)
    settled = [content for entity in entities for content in settle(entity, refusals.get(entity.table, Refusals()))]
    failpoint("quality.before_status")
    record(store, settled, refusals)
    held = [content for content in settled if content["status"] == "held"]
    if any(f"{source}__{content['entity']}" in world.required for content in held):
        raise _held(held, findings)
    return {
        "source": source,
        "accepted_contents": len(settled) - len(held),
        "held_contents": len(held),
        "judged_rows": sum(content["accepted_rows"] for content in settled),
        "set_aside_rows": sum(content["set_aside_rows"] for content in settled),
        "broken": broken_by_severity(findings),
    }


def _judge_landed(home: Home, source: str, entities: list[Waiting]) -> tuple[list[Finding], dict[str, Refusals]]:
    suites = [replace(load_suite("landed", entity.contract.suite), table=entity.table) for entity in entities]
    folder = home.candidates / f"gate_{source}"
    scratch, refusals = folder / "landed.duckdb", {}
    remove_tree(folder)
    try:
        with warehouse.scratch(scratch) as connection:
            # A view: each claim reads the few columns it speaks of.
            for entity in entities:
                files = ", ".join(quoted(path) for path in entity.landed_files(home))
                columns = entity.contract.suite_columns_sql
                rows = f"select {columns} from read_parquet([{files}], hive_partitioning = false)"
                connection.execute(f'create view "{entity.table}" as {rows}')
        findings = judge(suites, {"landed": scratch}, "landed.main", row_key=("_content", "_line"))
        with warehouse.scratch(scratch) as connection:
            for entity in entities:
                refusals[entity.table] = _refuse(connection, home, entity, findings)
    finally:
        remove_tree(folder)
    return findings, refusals


def _refuse(connection: duckdb.DuckDBPyConnection, home: Home, entity: Waiting, findings: list[Finding]) -> Refusals:
    contents = [content["content_sha256"] for content in entity.with_rows]
    mine = [finding for finding in findings if finding.table_name == entity.table]
    refusals = refuse(connection, mine, contents)
    write_refused(connection, entity.quarantine(home), contents, refusals)
    return refusals


def _held(held: list[Content], findings: list[Finding]) -> DataHeld:
    reasons = sorted({f"{row['source']}__{row['entity']}: {row['reason']}" for row in held})[:_REASONS_TOLD]
    claims = [told(finding) for finding in findings if finding.is_critical_failure]
    dates = sorted({row["business_date"].isoformat() for row in held})
    return DataHeld(
        f"{len(held)} contents are held ({'; '.join(reasons)}). {' '.join(claims)}".strip(),
        where=f"gate 'landed', business dates {dates[0]} to {dates[-1]}",
        next_step="the last publication stays in front; let the source deliver corrected files under the same names, "
        "or change the claim in expectations/landed, then run the night again",
    )
