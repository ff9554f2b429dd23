"""What readers see now, how old it is, and who is at work."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from regulars import clock, ledger
from regulars.config import Home, World
from regulars.publish.swap import repair


def status_of(home: Home, world: World) -> dict[str, Any]:
    """The publication in front (null when none), its age in hours, the others kept, and the lease of a run at work."""
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
    lines += [f"At work: run {lease['run_id']}, until {lease['expires_at']} UTC" for lease in state["at_work"]]
    return lines
