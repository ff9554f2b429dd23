"""Fields of a run's form that only some DAGs have."""

from airflow.sdk import Param

REBUILD = Param(False, type="boolean", title="Full rebuild", description="Build although nothing has changed.")
READ_AGAIN = Param(
    None,
    type=["null", "string"],
    pattern="^(quarantined|all|[0-9a-f]{8,64})$",
    title="Read again",
    description="After a contract or a claim was mended: 'quarantined', 'all', or the sha256 of one content. "
    "Kept bytes are read again, and the inbox is left alone.",
)
