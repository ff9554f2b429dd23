"""Who would be merged or split by the rules and judgements as they are now, beside the publication in front."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from regulars import warehouse
from regulars.config import Home, World
from regulars.durable import write_text
from regulars.resolve.registry import resolve_customers
from regulars.warehouse import quoted

FILE, EXAMPLES = "preview.json", 20

_CHANGED = """
with told as (
    select distinct now.record_key, now.customer_id as now_id, before.customer_id as before_id
    from work.resolve.customer_record as now
    join published.marts.bridge_customer_identifier as before using (source, record_key)
)
select {mine} as customer_id, list(distinct record_key order by record_key) as records from told
group by all having count(distinct {other}) > 1 order by customer_id
"""


def preview(folder: Path, home: Home, world: World) -> dict[str, Any]:
    """Resolve the candidate in ``folder``, whose layer stage is built, and compare it with the publication in front.

    Gives how many customers would be ``merged`` (one that holds records of several of today's) and ``split``; the file
    ``preview.json`` beside the candidate has the first of each with their record keys. The registry stays as it was.
    """
    resolve_customers(folder, home, world, keeps=False)
    with warehouse.candidate(folder, read_only=True) as connection:
        connection.execute(f"attach {quoted(home.published_database.resolve())} as published (read_only)")
        found = {
            name: connection.execute(_CHANGED.format(mine=mine, other=other)).fetchall()
            for name, mine, other in (("merged", "now_id", "before_id"), ("split", "before_id", "now_id"))
        }
    told = {
        name: [{"customer_id": one, "records": keys} for one, keys in rows[:EXAMPLES]] for name, rows in found.items()
    }
    counts = {name: len(rows) for name, rows in found.items()}
    write_text(folder / FILE, json.dumps({**counts, "examples": told}, indent=1) + "\n")
    return counts
