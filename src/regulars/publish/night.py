"""Ends a night: finish the candidate, put it in front, keep the last five, give the lease back."""

from __future__ import annotations

import json
import shutil
from datetime import date

import sqlalchemy as sa

from regulars import ledger
from regulars.config import Home, World
from regulars.durable import remove_tree, write_whole
from regulars.publish.run_summary import remove_dead_parts
from regulars.publish.swap import finish, keep_last, put_in_front, repair

_NOTE = ".finished.json"
_SETTLING = "settling"


def settle(home: Home) -> None:
    """Bring what a killed run left in order, when there is nothing to run; nothing happens while a run is at work."""
    repair(home)
    remove_dead_parts(home)
    store, notes = ledger.Ledger(home.operations_url), list(home.candidates.glob(f"*{_NOTE}"))
    if not notes and not store.rows(sa.select(ledger.lease)):
        return
    try:
        store.take_lease(ledger.NIGHT_LEASE, _SETTLING, home.in_front)
    except ledger.LeaseHeld:
        return
    _remove_dead_links(home)
    for note in notes:
        remove_tree(note.with_name(note.name.removesuffix(_NOTE)))
        note.unlink()
    store.release_lease(ledger.NIGHT_LEASE, _SETTLING)


def publish_night(home: Home, world: World, business_date: date, run_id: str) -> dict[str, object]:
    """Publish the candidate of ``business_date``; gives publication_id and whether readers see something new.

    After a kill it goes on where it was: a candidate that is gone was finished, and its name is in the run's note. When
    the note is gone too, all was done.
    """
    repair(home)
    _remove_dead_links(home)
    folder, note = home.candidate(business_date), home.candidates / f"{business_date}{_NOTE}"
    if (folder / "run.json").exists():
        finish(folder, home, world, business_date, note)
    if not note.exists():
        return {"publication_id": home.in_front, "changed": False}
    run = json.loads(note.read_text())
    _keep_scores(home, run["publication_id"], business_date)
    changed = put_in_front(home, run["publication_id"], base=run["base"])
    keep_last(home)
    remove_tree(folder)
    ledger.Ledger(home.operations_url).release_lease(ledger.NIGHT_LEASE, run_id)
    note.unlink()
    return {"publication_id": run["publication_id"], "changed": changed}


def _keep_scores(home: Home, publication_id: str, business_date: date) -> None:
    """Keep what this night says of its customers: it is measured when its horizon has passed, and by then the
    publication is pruned. The publication finished last counts.
    """
    scores = home.publications / publication_id / "parquet" / "customer_score.parquet"
    write_whole(home.scores / f"{business_date}.parquet", lambda part: shutil.copyfile(scores, part))


def _remove_dead_links(home: Home) -> None:
    """Links a killed run made and did not put in their place. Only the holder of the lease may call this."""
    for link in home.root.glob(".published.*"):
        link.unlink(missing_ok=True)
