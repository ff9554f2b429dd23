"""The business date of a run; which runs are refused, and which have nothing to do."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException
from airflow.utils.types import DagRunType

from regulars import config
from regulars.errors import UsageError, did_you_mean

WORLD = config.world()


def by_hand() -> bool:
    """Whether somebody started this run, rather than its time table or a backfill."""
    return get_current_context()["dag_run"].run_type == DagRunType.MANUAL


def business_date() -> date:
    """The business date of this run: its parameter, else the last day of its data interval, else the world's."""
    context = get_current_context()
    run, given = context["dag_run"], context["params"].get("business_date")
    if given:
        return date.fromisoformat(given)
    if by_hand() or run.data_interval_end is None:
        return WORLD.last_business_date
    return last_day(run.data_interval_end)


def last_day(interval_end: datetime) -> date:
    """The last business day that is over when a data interval ends."""
    return interval_end.astimezone(ZoneInfo(WORLD.business_zone)).date() - timedelta(days=1)


def admit() -> date:
    """Refuse parameters the DAG does not have; skip a night in which no source was alive. Gives the business date."""
    context = get_current_context()
    known = set(context["dag"].params)
    for name in sorted(set(context["dag_run"].conf or {}) - known):
        raise UsageError(f"There is no parameter '{name}'. {did_you_mean(name, known)}", where=context["dag"].dag_id)
    if context["dag_run"].run_type == DagRunType.BACKFILL_JOB and context["params"].get("business_date"):
        each = "leave 'Business date' empty: each run of a backfill is for the day its own interval begins"
        raise UsageError("A backfill takes no business date", where=context["dag"].dag_id, next_step=each)
    day = business_date()
    if not WORLD.is_alive(day):
        alive = f"from {WORLD.alive_from} until {WORLD.alive_until or 'today'}"
        raise AirflowSkipException(f"{day}: the sources of '{WORLD.title}' deliver {alive}")
    return day
