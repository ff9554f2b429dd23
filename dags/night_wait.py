"""What a night waits for: a receipt of every required source, and its turn."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import get_current_context, task
from airflow.utils.types import DagRunType
from form import WORLD, admit, by_hand
from hand_over import told
from schedule import IN_PROCESS

from regulars import clock, config
from regulars.logs import logger

LAST_LANDING = timedelta(minutes=30)
"""What came at the very cut-off is landed by then."""


@task.sensor(poke_interval=60, timeout=timedelta(days=4).total_seconds(), mode="reschedule")
@told
def await_receipts():
    day, run, now = admit(), get_current_context(), clock.utc_now()
    from regulars.build.night import has_turn
    from regulars.build.receipts import missing_receipts, require_receipts

    last = now if by_hand() else WORLD.known_by(day) + LAST_LANDING
    if (hours := run["params"]["wait_hours"]) is not None:
        last = run["dag_run"].start_date.replace(tzinfo=None) + timedelta(hours=hours)
    if now >= last:
        require_receipts(config.home(), WORLD, day)
    if lacking := missing_receipts(config.home(), WORLD, day):
        logger("night").info("waiting for %s, at the latest until %s UTC", ", ".join(lacking), last)
        return False
    if earlier := earlier_of_backfill():
        logger("night").info("Run '%s' is of an earlier night; this run goes on by itself once it has ended", earlier)
        return False
    # A run in one process does not wait: what comes next refuses it at once.
    return IN_PROCESS or has_turn(config.home(), run["run_id"])


def earlier_of_backfill() -> str | None:
    """The run of an earlier night that is at work, when this one belongs to a backfill: past nights go by date.

    What a night says of its customers rests on the night before, whichever of them Airflow happens to start first.
    """
    context = get_current_context()
    if context["dag_run"].run_type != DagRunType.BACKFILL_JOB:
        return None
    earlier = context["ti"].get_previous_dagrun(state="running")
    return earlier.run_id if earlier else None
