"""What every DAG needs at its edges: the business date of a run, refused parameters, errors told in words."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

import pendulum
from airflow.sdk import Param, get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.utils.types import DagRunType

from regulars import config
from regulars.errors import RegularsError, UsageError, did_you_mean
from regulars.ledger import Ledger

T = TypeVar("T")
WORLD = config.world()
WRITER_POOL = "warehouse_writer"
DEFAULTS = {"owner": "data-platform", "retries": 2, "retry_delay": timedelta(seconds=30)}
START = pendulum.datetime(WORLD.alive_from.year, WORLD.alive_from.month, WORLD.alive_from.day, tz=WORLD.business_zone)


def timetable(cron: str) -> CronDataIntervalTimetable:
    """A time table of the business zone with real data intervals: the run of an interval is its business date."""
    return CronDataIntervalTimetable(cron, timezone=WORLD.business_zone)


def params(**more: Param) -> dict[str, Param]:
    """The form of a run: the business date and why somebody started it, and whatever else the DAG takes."""
    text = f"The business date in {WORLD.business_zone}. Left empty by hand: {WORLD.last_business_date}."
    return {
        "business_date": Param(None, type=["null", "string"], format="date", title="Business date", description=text),
        "reason": Param(
            "", type="string", maxLength=200, title="Reason", description="Why this run was started by hand."
        ),
        **more,
    }


def business_date() -> date:
    """The business date of this run: its parameter, else the day of its data interval, else the world's last one."""
    context = get_current_context()
    run, given = context["dag_run"], context["params"].get("business_date")
    if given:
        return date.fromisoformat(given)
    if by_hand() or run.data_interval_start is None:
        return WORLD.last_business_date
    return run.data_interval_start.astimezone(pendulum.timezone(WORLD.business_zone)).date()


def by_hand() -> bool:
    """Whether somebody started this run, rather than its time table or a backfill."""
    return get_current_context()["dag_run"].run_type == DagRunType.MANUAL


def admit() -> date:
    """Refuse parameters the DAG does not have; skip a night in which no source was alive. Gives the business date."""
    context = get_current_context()
    known = set(context["dag"].params)
    for name in sorted(set(context["dag_run"].conf or {}) - known):
        raise UsageError(f"There is no parameter '{name}'. {did_you_mean(name, known)}", where=context["dag"].dag_id)
    day = business_date()
    if not WORLD.is_alive(day):
        until = WORLD.alive_until or "today"
        raise AirflowSkipException(
            f"{day}: the sources of '{WORLD.title}' deliver from {WORLD.alive_from} until {until}"
        )
    return day


def told(step: Callable[..., T]) -> Callable[..., T]:
    """Make a task of ``step``: its errors end the task in words, without a retry that could not help."""

    @functools.wraps(step)
    def run(*arguments: Any, **named: Any) -> T:
        context, began = get_current_context(), time.monotonic()
        place = f"{context['dag'].dag_id} · {step.__name__.replace('_', ' ')}"
        try:
            outcome = step(*arguments, **named)
        except RegularsError as error:
            Ledger(config.home().operations_url).record_failure(context["run_id"], place, error)
            raise AirflowFailException(str(error)) from None
        if os.environ.get("REGULARS_PROGRESS"):
            sys.__stderr__.write(f"  {place} · {time.monotonic() - began:.1f} s\n")
        return outcome

    return run
