"""Begins a night: one run holds the candidate, on top of the publication in front."""

from __future__ import annotations

import json
import os
from datetime import date
from typing import Any

from regulars import ledger
from regulars.build.candidate import lay_out, night_origin
from regulars.build.inputs import fingerprint
from regulars.build.receipts import went_without
from regulars.config import Home, World, claim_home
from regulars.durable import remove_parts, write_text
from regulars.errors import RegularsError
from regulars.logs import logger


def has_turn(home: Home, run_id: str) -> bool:
    """Whether this run may write from now on; false while another one does. Nights started together take turns."""
    try:
        ledger.Ledger(home.operations_url).take_lease(ledger.NIGHT_LEASE, run_id, home.in_front)
    except ledger.LeaseHeld as held:
        logger("build").info("%s; this run goes on by itself once that one has ended", held.what)
        return False
    return True


def leave(home: Home, run_id: str) -> None:
    """Let the next run have its turn: this one has nothing to do."""
    ledger.Ledger(home.operations_url).release_lease(ledger.NIGHT_LEASE, run_id)


def begin(home: Home, world: World, business_date: date, run_id: str, *, full_rebuild: bool = False) -> dict[str, Any]:
    """Take the lease and lay out a fresh candidate for ``business_date``; gives what it is made from and goes without.

    It starts from a kept publication and builds again what was touched since; with ``full_rebuild`` it builds all.

    Raises RegularsError when another run is at work or the home cannot be written.
    """
    claim_home(home, world.name)
    require_writable(home)
    lease = ledger.Ledger(home.operations_url).take_lease(ledger.NIGHT_LEASE, run_id, home.in_front)
    # Only the one who holds the lease writes here; what is landed is tidied by whoever lands it.
    remove_parts(home.personal, below=False)
    remove_parts(home.candidates, below=False)
    remove_parts(home.scores, below=False)
    absent, origins = went_without(home, world, business_date), [night_origin(world, business_date)]
    place = home.candidate(business_date)
    folder = lay_out(place, home, world, business_date, origins, absent=absent, whole=full_rebuild)
    run = {"run_id": run_id, "base": lease["base"], "inputs": fingerprint(home, world, business_date)}
    write_text(folder / "run.json", json.dumps(run))
    return {**run, "business_date": business_date.isoformat(), "went_without": absent}


def require_writable(home: Home) -> None:
    """Refuse now what would fail after hours of work: a place that cannot be written."""
    for place in (home.root, home.landed, home.personal, home.publications):
        try:
            place.mkdir(parents=True, exist_ok=True)
            writable = os.access(place, os.W_OK | os.X_OK)
        except OSError:
            writable = False
        if not writable:
            raise RegularsError(
                "This folder cannot be written", where=str(place), next_step="give its owner write permission"
            )
