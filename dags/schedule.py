"""When DAGs run, what is tried again, when a night is late, and the pool of the one writer."""

from __future__ import annotations

import os
from datetime import timedelta

import pendulum
from airflow.sdk import DeadlineAlert, DeadlineReference, SyncCallback
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.timetables.interval import CronDataIntervalTimetable
from form import WORLD

from regulars.airflow_home import WRITER_POOL
from regulars.errors import RegularsError
from regulars.notify import tell_failure, tell_late

__all__ = ["DEFAULTS", "LANDING", "LATE", "START", "WRITER_POOL", "timetable"]

IN_PROCESS = "REGULARS_RUN_PID" in os.environ
PAUSE = timedelta(seconds=30)
OF_THE_PROGRAM = [TypeError, AttributeError, NameError, LookupError, ImportError, AssertionError]
RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(RegularsError, RetryAction.FAIL, reason="another try would be told the same"),
        RetryRule(OSError, RetryAction.RETRY, retry_delay=PAUSE, reason="a disk or network may answer next time"),
        RetryRule(OF_THE_PROGRAM, RetryAction.FAIL, reason="a fault of the program does not go away"),
    ]
)
"""What no rule names (a killed worker, a store that is busy) is tried again too."""

DEFAULTS = {
    "owner": "data-platform",
    "retries": 0 if IN_PROCESS else 2,
    "retry_delay": PAUSE,
    "retry_policy": RETRIES,
    "on_failure_callback": tell_failure,
}
START = pendulum.datetime(WORLD.alive_from.year, WORLD.alive_from.month, WORLD.alive_from.day, tz=WORLD.business_zone)
LANDING = f"0 2-{min(max(WORLD.cut_off_hours, 2), 23)} * * *"
"""At 02:00 of the business zone, and each hour after it until a delivery would no longer count for the night."""

NIGHT_HOURS = WORLD.cut_off_hours + 2
ALERT = DeadlineAlert(
    reference=DeadlineReference.DAGRUN_QUEUED_AT,
    interval=timedelta(hours=NIGHT_HOURS),
    callback=SyncCallback(tell_late, kwargs={"dag_id": "nightly", "hours": NIGHT_HOURS}),
)
LATE = None if IN_PROCESS else ALERT
"""Only a scheduler watches deadlines; without one, Airflow 3.3 ends a run that has one with an error."""


def timetable(cron: str) -> CronDataIntervalTimetable:
    """A time table of the business zone with real data intervals; the last day of one is the business date."""
    return CronDataIntervalTimetable(cron, timezone=WORLD.business_zone)
