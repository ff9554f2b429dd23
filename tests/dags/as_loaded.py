"""Prints, as JSON, what Airflow's own loader finds in `dags/`: to be run in a process of its own."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from regulars import airflow_home, clock, config
from regulars.errors import DataHeld, RegularsError, UsageError
from regulars.in_process import NIGHT, upstream_of

ERRORS = {
    "held": DataHeld("x"),
    "usage": UsageError("x"),
    "disk": OSError("x"),
    "network": ConnectionError("x"),
    "program": KeyError("x"),
    "unknown": RuntimeError("x"),
}
MIDNIGHT = datetime(2017, 6, 30, 4)
"""The end of 2017-06-29 in New York; what comes until six hours later counts for its night."""

WAITING = {
    "before the cut-off": ("scheduled", None, timedelta(hours=6), timedelta(hours=3)),
    "after the cut-off": ("scheduled", None, timedelta(hours=6, minutes=31), timedelta(hours=3)),
    "by hand": ("manual", None, timedelta(hours=1), timedelta(hours=1)),
    "by hand, willing to wait": ("manual", 2, timedelta(days=9, hours=1), timedelta(days=9)),
    "by hand, after waiting": ("manual", 2, timedelta(days=9, hours=2), timedelta(days=9)),
    "scheduled, for less long": ("scheduled", 1, timedelta(hours=4), timedelta(hours=3)),
    "backfill": ("backfill", None, timedelta(hours=4), timedelta(hours=3)),
}
"""Kind of run, hours to wait, and how long after midnight it is and the run began."""

HEAVY = ("duckdb", "dbt", "great_expectations", "lightgbm", "sklearn", "pandas", "pyarrow", "altair")


def as_loaded() -> dict[str, object]:
    """DAGs with their tasks, errors of the import, heavy libraries imported by it, and seconds it took."""
    airflow_home.prepare(config.home())
    from airflow.dag_processing.dagbag import BundleDagBag

    before, began = set(sys.modules), time.process_time()
    folder = config.PROJECT / "dags"
    bag = BundleDagBag(dag_folder=str(folder), bundle_path=folder, bundle_name="dags-folder")
    seconds, imported = time.process_time() - began, set(sys.modules) - before
    return {
        "seconds": seconds,
        "errors": bag.import_errors,
        "heavy": sorted({name.split(".")[0] for name in imported} & set(HEAVY)),
        "waiting": {case: _waiting(bag.dags["nightly"], *given) for case, given in WAITING.items()},
        "before_the_night": upstream_of(bag.dags, NIGHT),
        "dags": {dag.dag_id: _described(dag) for dag in bag.dags.values()},
    }


def _described(dag) -> dict[str, object]:
    return {
        "doc": dag.doc_md,
        "description": dag.description,
        "business_dates": _business_dates(dag),
        "tags": sorted(dag.tags),
        "params": {name: vars(dag.params.get_param(name)) for name in dag.params},
        "refusals": {value: _refusal(dag, value) for value in ("2017-12-31", "31.12.2017", "2017-02-30", "soon")},
        "deadlines": [alert.interval.total_seconds() / 3600 for alert in dag.deadline or []],
        "schedule": getattr(dag.timetable, "summary", None),
        "tasks": {
            task.task_id: {
                "pool": task.pool,
                "retries": task.retries,
                "again": {kind: _again(task.retry_policy, error) for kind, error in ERRORS.items()},
                "tells": [told.__name__ for told in _listed(task.on_failure_callback)],
                "inlets": [asset.name for asset in task.inlets],
                "outlets": [asset.name for asset in task.outlets],
                "answer": _answer(task),
                "starts": getattr(task, "trigger_dag_id", None),
            }
            for task in dag.tasks
        },
    }


def _listed(found) -> list:
    return list(found) if isinstance(found, list | tuple) else [found]


def _again(policy, error: Exception) -> bool:
    return policy.evaluate(error, 1, 2).action.value != "fail"


def _waiting(dag, run_type: str, hours: float | None, now: timedelta, began: timedelta) -> str:
    """What the night of a given day says when nothing has come: that it waits, or why it is held or refused."""
    from airflow.sdk.definitions._internal import contextmanager as airflow_context

    clock.utc_now = lambda: MIDNIGHT + now
    run = SimpleNamespace(run_type=run_type, conf={}, start_date=(MIDNIGHT + began).replace(tzinfo=UTC))
    task = SimpleNamespace(dag_id="nightly", task_id="await_receipts", run_id="r", map_index=-1, try_number=1)
    params = {"business_date": "2017-06-29", "wait_hours": hours}
    airflow_context._CURRENT_CONTEXT.append({"dag": dag, "dag_run": run, "params": params, "ti": task})
    task.max_tries = 2
    try:
        return "ready" if dag.get_task("await_receipts").python_callable() else "waits"
    except RegularsError as refused:
        return str(refused)
    finally:
        airflow_context._CURRENT_CONTEXT.pop()


def _answer(task) -> dict[str, object] | None:
    """What a task that asks a person makes of the answer, and of none; None for any other task."""
    if not hasattr(task, "response_timeout"):
        return None
    return {
        "options": task.options,
        "defaults": task.defaults,
        "days": task.response_timeout.days,
        "is_red": task.fail_on_reject,
    }


def _refusal(dag, business_date: str) -> str:
    """What is said about a business date; nothing when it is taken."""
    from airflow.sdk.exceptions import ParamValidationError

    try:
        dag.params.get_param("business_date").resolve(business_date)
    except ParamValidationError as refused:
        return str(refused)
    return ""


def _business_dates(dag) -> list[str]:
    """The business date of every scheduled run of 2017; the clocks of New York change twice in it."""
    import pendulum
    from airflow.serialization.serialized_objects import DagSerialization
    from form import last_day

    scheduled = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
    runs = scheduled.iter_dagrun_infos_between(pendulum.datetime(2017, 1, 1), pendulum.datetime(2018, 1, 3))
    return [last_day(run.data_interval.end).isoformat() for run in runs]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(as_loaded(), default=str))
