"""Fields of a run's form that only some DAGs have."""

from airflow.sdk import Param

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
