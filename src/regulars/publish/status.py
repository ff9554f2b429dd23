"""What readers see now, how old it is, and who is at work."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from regulars import clock, ledger, warehouse
from regulars.config import Home, World
from regulars.publish.run_summary import last_run
from regulars.publish.swap import repair


def status_of(home: Home, world: World) -> dict[str, Any]:
    """The publication in front (null when none), its age in hours, the others kept, the last
    run, what is in alarm, in words, and the lease of one at work.
    """
    repair(home)
    store, table = ledger.Ledger(home.operations_url), ledger.publication
    rows = store.rows(sa.select(table).order_by(table.c.built_at.desc()))
    kept = [row for row in rows if (home.publications / row["publication_id"]).exists()]
    current = next((row for row in kept if row["publication_id"] == home.in_front), None)
    age = (clock.utc_now() - current["activated_at"]).total_seconds() / 3600 if current else None
    return {
        "world": world.heading,
        "home": str(home.root),
        "in_front": current,
        "age_hours": None if age is None else round(age, 1),
        "others": [row["publication_id"] for row in kept if row is not current],
        "last_run": last_run(home),
        "alarms": _alarms(home) if current else [],
        "at_work": store.rows(sa.select(ledger.lease)),
    }


def status_lines(state: dict[str, Any]) -> list[str]:
    """The same for people."""
    current = state["in_front"]
    lines = [f"{state['world']} · {state['home']}"]
    if current:
        lines.append(f"In front: {current['publication_id']}, published {state['age_hours']} hours ago")
        lines.append(f"Speaks for {current['as_of']} UTC · content {current['content_hash'][:12]}")
    else:
        lines.append("Nothing has been published yet. Next: make run")
    lines += [f"Kept for rollback: {name}" for name in state["others"]]
    if run := state["last_run"]:
        told = f"{run['dag']}, {run['state']}, {run['seconds']:.1f} s, at {run['last_task_ended_at'][:19]} UTC"
        lines.append(f"Last run: {told} · runs/{run['dag']}.{run['run_id']}")
    lines += [f"In alarm: {because}" for because in state["alarms"]]
    lines += [f"At work: run {lease['run_id']}, until {lease['expires_at']} UTC" for lease in state["at_work"]]
    return lines


def _alarms(home: Home) -> list[str]:
    """What the publication in front says has shifted, each sentence once; one of older code says nothing of it."""
    with warehouse.published(home.published_database) as connection:
        if "drift" not in warehouse.tables(connection):
            return []
        query = "select distinct because from drift where state = 'alarm' order by because"
        return [because for (because,) in connection.execute(query).fetchall()]
