"""Prints, as JSON, what Airflow's own loader finds in `dags/`: to be run in a process of its own."""

from __future__ import annotations

import json
import sys
import time

from regulars import airflow_home, config
from regulars.in_process import NIGHT, upstream_of

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
        "tasks": {
            task.task_id: {
                "pool": task.pool,
                "retries": task.retries,
                "inlets": [asset.name for asset in task.inlets],
                "outlets": [asset.name for asset in task.outlets],
                "answer": _answer(task),
            }
            for task in dag.tasks
        },
    }


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
