"""Ends a night: finish the candidate, put it in front, keep the last five, give the lease back."""

from __future__ import annotations

import json
from datetime import date

from regulars import ledger
from regulars.config import Home, World
from regulars.durable import remove_tree
from regulars.publish.swap import finish, keep_last, put_in_front, repair


def publish_night(home: Home, world: World, business_date: date, run_id: str) -> dict[str, object]:
    """Publish the candidate of ``business_date``; gives publication_id and whether readers see something new.

    After a kill it goes on where it was: a candidate that is gone was finished, and its name is in the run's note.
    """
    repair(home)
    folder, note = home.candidate(business_date), home.candidates / f"{business_date}.finished.json"
    if (folder / "run.json").exists():
        finish(folder, home, world, business_date, note)
    run = json.loads(note.read_text())
    changed = put_in_front(home, run["publication_id"], base=run["base"])
    keep_last(home)
    remove_tree(folder)
    note.unlink()
    ledger.Ledger(home.operations_url).release_lease(ledger.NIGHT_LEASE, run_id)
    return {"publication_id": run["publication_id"], "changed": changed}
