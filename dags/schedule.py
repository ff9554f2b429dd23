"""When DAGs run, how often a task is tried, and the pool of the one writer."""

from __future__ import annotations

import os
from datetime import timedelta

import pendulum
from airflow.timetables.interval import CronDataIntervalTimetable
from form import WORLD

from regulars.airflow_home import WRITER_POOL

__all__ = ["DEFAULTS", "START", "WRITER_POOL", "timetable"]

IN_PROCESS = "REGULARS_RUN_PID" in os.environ
DEFAULTS = {"owner": "data-platform", "retries": 0 if IN_PROCESS else 2, "retry_delay": timedelta(seconds=30)}
START = pendulum.datetime(WORLD.alive_from.year, WORLD.alive_from.month, WORLD.alive_from.day, tz=WORLD.business_zone)


def timetable(cron: str) -> CronDataIntervalTimetable:
    """A time table of the business zone with real data intervals; the last day of one is the business date."""
    return CronDataIntervalTimetable(cron, timezone=WORLD.business_zone)
