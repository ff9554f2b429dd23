"""Finishes a candidate and puts it in front of readers in one step: the link ``published`` is replaced.

Everything a reader can open (database, Parquet, report) lies behind that one link, so a reader sees one publication.
A publication is named by its night and its content, so finishing the same night again gives the same name.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import regulars
from regulars import clock, ledger, warehouse
from regulars.config import Home, World
from regulars.durable import remove_tree, sync_directory, sync_file, sync_tree, write_text
from regulars.errors import RegularsError, UsageError, did_you_mean
from regulars.failpoint import failpoint
from regulars.logs import logger
from regulars.warehouse import quoted

KEPT = 5
"""Publications that stay for rollback, the one in front among them."""

KEPT_BESIDE = 31
"""Nights that a backfill built and that never were in front; of each business date the last one built stays."""

_OUTSIDE_THE_HASH = {"publication", "gate_result"}
"""Ids of runs and clocks, and what the gates found of the last batch only: how it came about, not what it says."""


def finish(folder: Path, home: Home, world: World, business_date: date, note: Path) -> str:
    """Turn the candidate in ``folder`` into a publication beside the one in front; gives its publication_id.

    Readers do not see it yet. ``note`` is written before the folder moves, so that a killed run can go on from there.
    Raises RegularsError when the candidate is incomplete.
    """
    run = json.loads((folder / "run.json").read_text())
    database = folder / "regulars.duckdb"
    with warehouse.candidate(folder) as connection:
        names = [name for name in warehouse.tables(connection) if name not in _OUTSIDE_THE_HASH]
        hashes = {name: warehouse.content_hash(connection, f"regulars.marts.{name}") for name in names}
        content_hash = hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()
        publication_id = f"{business_date.isoformat()}-{content_hash[:12]}"
        row = {
            "publication_id": publication_id,
            "business_date": business_date,
            "as_of": world.as_of(business_date),
            "content_hash": content_hash,
            "built_at": clock.utc_now(),
        }
        _write_row(connection, row, world)
        connection.execute("checkpoint regulars")
    if warehouse.wal_of(database).exists():
        raise RegularsError(
            "The candidate is still being written", where=str(database), next_step="run the night again"
        )
    _record(home, {**row, "inputs": run["inputs"]})
    write_text(note, json.dumps({**run, "publication_id": publication_id}))
    _place(folder, home, row, hashes)
    return publication_id


def _record(home: Home, row: dict[str, Any]) -> None:
    store, table = ledger.Ledger(home.operations_url), ledger.publication
    with store.transaction() as transaction:
        known = sa.select(table.c.activated_at).where(table.c.publication_id == row["publication_id"])
        store.upsert(transaction, table, [{**row, "activated_at": transaction.execute(known).scalar()}])


def _write_row(connection: Any, row: dict[str, Any], world: World) -> None:
    connection.execute("delete from regulars.marts.publication")
    connection.execute(
        "insert into regulars.marts.publication by name select ? as publication_id, ?::timestamp as as_of, "
        "?::date as business_date, ? as content_hash, ? as code_version, ?::timestamp as built_at, ? as world, "
        "?::boolean as is_simulated",
        [row["publication_id"], row["as_of"], row["business_date"], row["content_hash"], regulars.__version__]
        + [row["built_at"], world.name, world.is_simulated],
    )


def _place(folder: Path, home: Home, row: dict[str, Any], hashes: dict[str, str]) -> None:
    place = home.publications / row["publication_id"]
    failpoint("publish.before_place")
    if place.exists():
        _renew_report(folder, place)
        return
    with warehouse.candidate(folder, read_only=True) as connection:
        (folder / "parquet").mkdir(exist_ok=True)
        for name in warehouse.tables(connection):
            target = quoted(folder / "parquet" / f"{name}.parquet")
            connection.execute(f"copy regulars.marts.{name} to {target} (format parquet, compression zstd)")
    summary = {name: str(value) for name, value in row.items()} | {"tables": hashes}
    write_text(folder / "summary.json", json.dumps(summary, indent=1, sort_keys=True) + "\n")
    (folder / "work.duckdb").unlink(missing_ok=True)
    sync_tree(folder)
    failpoint("publish.before_rename")
    home.publications.mkdir(exist_ok=True)
    os.replace(folder, place)
    # Until it stands there, this file says that the candidate waits to be finished.
    (place / "run.json").unlink()
    sync_directory(home.publications)


def _renew_report(folder: Path, place: Path) -> None:
    """The same marts drawn by newer code: only the page changes, in one step."""
    if (folder / "report.html").exists():
        sync_file(folder / "report.html")
        os.replace(folder / "report.html", place / "report.html")


def put_in_front(home: Home, publication_id: str, *, base: str, on_purpose: bool = False) -> bool:
    """Let readers see ``publication_id``; gives whether anything changed.

    ``base`` is the publication that was in front when the work began: raises RegularsError when another one is by now
    (compare and swap). A publication of an earlier as_of stays beside unless ``on_purpose``.
    """
    store, now_in_front = ledger.Ledger(home.operations_url), home.in_front
    if now_in_front == publication_id:
        _log_activation(store, publication_id)
        return False
    if now_in_front != base:
        raise RegularsError(
            f"'{now_in_front}' was published while this run was at work on top of '{base}'",
            next_step="run the night again",
        )
    if not on_purpose and now_in_front and _as_of(home, publication_id) < _as_of(home, now_in_front):
        logger("publish").warning("%s speaks of an earlier night and stays beside", publication_id)
        return False
    failpoint("publish.before_swap")
    link = home.root / f".published.{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("publications") / publication_id)
    try:
        os.replace(link, home.published)
    finally:
        link.unlink(missing_ok=True)
    sync_directory(home.root)
    failpoint("publish.after_swap_before_log")
    _log_activation(store, publication_id)
    return True


def _as_of(home: Home, publication_id: str) -> datetime:
    return datetime.fromisoformat(
        json.loads((home.publications / publication_id / "summary.json").read_text())["as_of"]
    )


def _log_activation(store: ledger.Ledger, publication_id: str) -> None:
    table = ledger.publication
    with store.transaction() as transaction:
        transaction.execute(
            sa.update(table)
            .where(table.c.publication_id == publication_id, table.c.activated_at.is_(None))
            .values(activated_at=clock.utc_now())
        )


def repair(home: Home) -> None:
    """Bring the log in line with the link after a kill between the two. Safe while a run is at work."""
    if current := home.in_front:
        _log_activation(ledger.Ledger(home.operations_url), current)


def keep_last(home: Home, kept: int = KEPT, kept_beside: int = KEPT_BESIDE) -> list[str]:
    """Remove publications beyond the last ``kept`` that were in front and the last ``kept_beside`` that never were.

    Gives the names removed. Open readers go on.
    """
    table, current = ledger.publication, home.in_front
    ordered = ledger.Ledger(home.operations_url).rows(
        sa.select(table).order_by(table.c.activated_at.desc().nulls_last(), table.c.built_at.desc())
    )
    there = [row for row in ordered if (home.publications / row["publication_id"]).exists()]
    seen = [row["publication_id"] for row in there if row["activated_at"] and row["publication_id"] != current]
    beside: dict[date, str] = {}
    for row in there:
        if not row["activated_at"]:
            beside.setdefault(row["business_date"], row["publication_id"])
    staying = {current, *seen[: kept - 1], *list(beside.values())[:kept_beside]}
    removed = [row["publication_id"] for row in there if row["publication_id"] not in staying]
    for name in removed:
        remove_tree(home.publications / name)
    return removed


def rollback(home: Home, to: str | None = None) -> str:
    """Put the publication before the one in front back, or the one named ``to``; gives its name.

    Raises UsageError when there is none to go back to.
    """
    table, current = ledger.publication, home.in_front
    rows = ledger.Ledger(home.operations_url).rows(
        sa.select(table).order_by(table.c.activated_at.desc().nulls_last(), table.c.built_at.desc())
    )
    there = [row for row in rows if (home.publications / row["publication_id"]).exists()]
    names = [row["publication_id"] for row in there]
    if to and to not in names:
        raise UsageError(f"There is no publication '{to}'. {did_you_mean(to, names)}", where=str(home.publications))
    earlier = [row["publication_id"] for row in there if row["activated_at"] and row["publication_id"] != current]
    if not to and current in names:
        earlier = [name for name in earlier if names.index(name) > names.index(current)]
    if not to and not earlier:
        raise UsageError("There is no earlier publication to go back to", where=str(home.publications))
    target = to or earlier[0]
    put_in_front(home, target, base=current, on_purpose=True)
    return target


def publications_of(home: Home, business_date: date) -> list[str]:
    """Finished publications of one night that are still there, the one built last first."""
    table = ledger.publication
    rows = ledger.Ledger(home.operations_url).rows(
        sa.select(table).where(table.c.business_date == business_date).order_by(table.c.built_at.desc())
    )
    return [row["publication_id"] for row in rows if (home.publications / row["publication_id"]).exists()]
