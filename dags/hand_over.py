"""What every DAG has in common: its time table, its retries, and errors told in words."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import pendulum
from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from airflow.timetables.interval import CronDataIntervalTimetable
from form import WORLD

from regulars import config
from regulars.errors import RegularsError
from regulars.ledger import Ledger

T = TypeVar("T")
WRITER_POOL = "warehouse_writer"
IN_PROCESS = "REGULARS_RUN_PID" in os.environ
DEFAULTS = {"owner": "data-platform", "retries": 0 if IN_PROCESS else 2, "retry_delay": timedelta(seconds=30)}
START = pendulum.datetime(WORLD.alive_from.year, WORLD.alive_from.month, WORLD.alive_from.day, tz=WORLD.business_zone)


def timetable(cron: str) -> CronDataIntervalTimetable:
    """A time table of the business zone with real data intervals; the last day of one is the business date."""
    return CronDataIntervalTimetable(cron, timezone=WORLD.business_zone)


def told(step: Callable[..., T]) -> Callable[..., T]:
    """Make a task of ``step``: its errors end the task in words, without a retry that could not help."""

    @functools.wraps(step)
    def run(*arguments: Any, **named: Any) -> T:
        task, began = get_current_context()["ti"], time.monotonic()
        mapped_over = map(str, named.values()) if task.map_index >= 0 else ()
        place = f"{task.dag_id} · {' '.join([task.task_id.replace('_', ' '), *mapped_over])}"
        ledger = Ledger(config.home().operations_url)
        try:
            outcome = step(*arguments, **named)
        except RegularsError as error:
            ledger.record_failure(task.run_id, place, error, ends_run=True)
            raise AirflowFailException(str(error)) from None
        except AirflowException:
            raise
        except Exception as error:
            unexpected = RegularsError(f"Unexpected {type(error).__name__}", next_step="run again with -v")
            ledger.record_failure(task.run_id, place, unexpected, ends_run=task.try_number > task.max_tries)
            raise
        if os.environ.get("REGULARS_PROGRESS"):
            sys.__stderr__.write(f"  {place} · {time.monotonic() - began:.1f} s\n")
        return outcome

    return run
