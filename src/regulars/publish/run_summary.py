"""What each run leaves of itself: ``runs/<dag>.<run_id>/summary.json``, renewed when one of its tasks ends."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from regulars import ledger
from regulars.config import Home
from regulars.durable import remove_tree, write_text
from regulars.logs import logger

KEPT = 100
"""Runs whose summaries stay, the latest."""

_RISEN = ("business_date", "publication_id", "went_without", "alarms")
"""What a task gives under these names stands at the top of its run's summary too."""


def note_task(home: Home, run_id: str, dag: str, task: str, state: str, seconds: float, outcome: object) -> None:
    """Keep how a task ended, and renew the summary of its run.

    ``state``: ended, failed, retried or skipped. ``outcome``: what it gave, JSON-able and without a value of any row.
    A summary that cannot be written is logged, and fails nothing.
    """
    row = {
        "run_id": run_id,
        "dag": dag,
        "task": task,
        "state": state,
        "milliseconds": round(seconds * 1000),
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "outcome": json.dumps(outcome, default=str),
    }
    try:
        ledger.Ledger(home.operations_url).record_task(row)
        text = json.dumps(summary_of(home, run_id, dag), indent=1, default=str)
        write_text(_folder(home) / f"{dag}.{run_id}" / "summary.json", text + "\n")
        _prune(home)
    except (OSError, sa.exc.SQLAlchemyError) as problem:
        logger("publish").warning("no summary of run %s: %s", run_id, type(problem).__name__)


def summary_of(home: Home, run_id: str, dag: str) -> dict[str, Any]:
    """A run so far: its tasks in the order they ended, the ledger's totals, and which publication was in front then.

    seconds: the sum over tasks; peak_rss_bytes: the greatest of a task's process, which in `regulars run` all share.
    """
    store, table = ledger.Ledger(home.operations_url), ledger.task
    rows = store.rows(sa.select(table).where(table.c.run_id == run_id, table.c.dag == dag).order_by(table.c.ended_at))
    outcomes = [json.loads(row["outcome"]) for row in rows]
    given = [outcome for outcome in outcomes if isinstance(outcome, dict)]
    risen = {name: outcome[name] for outcome in given for name in _RISEN if name in outcome}
    publication_id = risen.get("publication_id", home.in_front)
    states = {row["state"] for row in rows}
    return {
        "run_id": run_id,
        "dag": dag,
        "state": _state(states, is_published="publication_id" in risen),
        "last_task_ended_at": max(row["ended_at"] for row in rows),
        "seconds": sum(row["milliseconds"] for row in rows) / 1000,
        "peak_rss_bytes": max(row["peak_rss_bytes"] for row in rows),
        **risen,
        "publication_id": publication_id,
        "content_hash": _content_hash(store, publication_id),
        "ledger": _totals(store),
        "told": _told(store, run_id),
        "tasks": [
            {name: row[name] for name in ("task", "state", "ended_at", "milliseconds", "peak_rss_bytes")}
            | {"outcome": outcome}
            for row, outcome in zip(rows, outcomes, strict=True)
        ],
    }


def _state(states: set[str], *, is_published: bool) -> str:
    """Which task will be the last is known to the DAG only; but what has published is done."""
    if states & {"failed", "skipped"}:
        return "failed" if "failed" in states else "skipped"
    return "published" if is_published else "well so far"


def last_run(home: Home) -> dict[str, Any] | None:
    """The summary written last; None when there is none."""
    found = _newest_first(home)
    return json.loads(found[0].read_text()) if found else None


def remove_dead_parts(home: Home) -> None:
    """Remove what processes that are no more left half-written among the summaries."""
    for part in _folder(home).glob("*/.summary.json.*.part"):
        writer = int(part.name.split(".")[-2])
        if writer != os.getpid() and ledger.process_start(writer) is None:
            part.unlink(missing_ok=True)


def _folder(home: Home) -> Path:
    return home.root / "runs"


def _newest_first(home: Home) -> list[Path]:
    return [path for _, path in sorted(_dated(home), reverse=True)]


def _dated(home: Home) -> Iterator[tuple[float, Path]]:
    for path in _folder(home).glob("*/summary.json"):
        try:
            yield path.stat().st_mtime, path
        except FileNotFoundError:
            # Another run has pruned it.
            continue


def _prune(home: Home) -> None:
    remove_dead_parts(home)
    for path in _newest_first(home)[KEPT:]:
        dag, run_id = path.parent.name.split(".", 1)
        ledger.Ledger(home.operations_url).forget_run(run_id, dag)
        remove_tree(path.parent)


def _content_hash(store: ledger.Ledger, publication_id: str) -> str | None:
    table = ledger.publication
    rows = store.rows(sa.select(table.c.content_hash).where(table.c.publication_id == publication_id))
    return rows[0]["content_hash"] if rows else None


def _totals(store: ledger.Ledger) -> dict[str, int]:
    table = ledger.content
    counts = ("read_rows", "accepted_rows", "quarantined_rows", "set_aside_rows")
    sums = [sa.func.coalesce(sa.func.sum(table.c[name]), 0).label(name) for name in counts]
    held = sa.func.count().filter(table.c.status.in_(("held", "refused"))).label("held_contents")
    (row,) = store.rows(sa.select(sa.func.count().label("contents"), held, *sums))
    return {name: int(value) for name, value in row.items()}


def _told(store: ledger.Ledger, run_id: str) -> list[dict[str, Any]]:
    table = ledger.failure
    query = sa.select(table.c.place, table.c.exit_code, table.c.message, table.c.failed_at)
    found: list[dict[str, datetime | str | int]] = store.rows(
        query.where(table.c.run_id == run_id).order_by(table.c.failed_at)
    )
    return found
