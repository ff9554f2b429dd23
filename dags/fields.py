"""The fields of a run's form."""

from __future__ import annotations

from airflow.sdk import Param
from form import WORLD

REBUILD = Param(False, type="boolean", title="Full rebuild", description="Build although nothing has changed.")
WAIT = Param(
    None,
    type=["null", "number"],
    minimum=0,
    maximum=48,
    title="Hours to wait",
    description="How long to wait for required sources. Left empty: until the night's cut-off; by hand not at all.",
)
READ_AGAIN = Param(
    None,
    type=["null", "string"],
    pattern="^(quarantined|all|[0-9a-f]{8,64})$",
    title="Read again",
    description="After a contract or a claim was mended: 'quarantined', 'all', or the sha256 of one content. "
    "Kept bytes are read again, and the inbox is left alone.",
)
PULL_AGAIN = Param(
    False,
    type="boolean",
    title="Pull again",
    description="Ask the source once more for a business date that was pulled: rows it has now come as a correction.",
)


def params(**more: Param) -> dict[str, Param]:
    """The business date, whatever else the DAG takes, and why somebody started it."""
    own_day = f"Left empty: {WORLD.last_business_date}. In a backfill leave it empty: each run has its own day."
    day, why = f"The day to run for, in {WORLD.business_zone}. {own_day}", "Why you start this run; kept with it."
    return {
        "business_date": Param(None, type=["null", "string"], format="date", title="Business date", description=day),
        **more,
        "reason": Param(None, type=["null", "string"], maxLength=200, title="Reason", description=why),
    }
