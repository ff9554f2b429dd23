"""Runs the real DAG objects one after another in this process, in the order of their Assets.

`regulars run` uses it; a scheduler runs the same objects on their time tables. Steps are ordered in `dags/` only.
"""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import click
import sqlalchemy as sa

from ml.models.spec import spec_names
from ml.watching.alarms import training_wanted
from regulars import airflow_home, config, contracts, ledger
from regulars.build import layers
from regulars.config import Home
from regulars.durable import write_text
from regulars.errors import ApprovalNeeded, DataHeld, RegularsError, UsageError, did_you_mean
from regulars.logs import is_verbose
from regulars.quality import gx_on_duckdb

LANDING, NIGHT, TRAINING, PREVIEW = "land_", "nightly", "retrain_models", "identity_preview"
TRAINED = "trained_on"
"""The file in ``models/`` that names the publication in front when the first training had come to its end."""

_GARBAGE_LOOKED_FOR_AFTER = (50_000, 20, 100)
"""New objects, and looks at younger ones before one at older and oldest ones."""

_SLOW_IMPORTS = ("dbt.cli.main", "dbt.adapters.duckdb.connections", "altair")
"""What every night needs before it publishes. What only training needs comes when it trains."""


def run_night(home: Home, business_date: date, *, full_rebuild: bool = False) -> None:
    """Land every source, run the night; train and run it again where the first training is not done or a shift asks.

    Raises the error of the first task that could not go on, as it was told; UsageError for a night without sources.
    """
    world = config.world()
    if not world.is_alive(business_date):
        raise UsageError(
            f"There is no night {business_date}: the sources of '{world.title}' deliver from {world.alive_from} "
            f"until {world.alive_until or 'today'}"
        )
    dags = load_dags(home)
    with airflow_home.run_mark(home):
        _run_in_order(home, dags, {"business_date": business_date.isoformat()}, full_rebuild)


@contextmanager
def _reading_ahead() -> Iterator[None]:
    """While files land, one of two processors is idle at times: the first time in a home, later steps are made ready.

    A thread imports what takes seconds and, unless it was done before, dbt reads its project in a process of its own.
    """
    if contracts.manifest_path().exists():
        yield
        return

    def bring_slow_imports() -> None:
        gx_on_duckdb.import_quietly()
        for name in _SLOW_IMPORTS:
            importlib.import_module(name)

    thread = threading.Thread(target=bring_slow_imports)
    thread.start()
    if layers.take_reading():
        yield
    else:
        with subprocess.Popen([sys.executable, "-c", "from regulars.build import layers; layers.parse()"]):
            yield
    thread.join()


def _run_in_order(home: Home, dags: dict[str, Any], day: dict[str, Any], full_rebuild: bool) -> None:
    night = {**day, "full_rebuild": full_rebuild}
    with _reading_ahead():
        for name in upstream_of(dags, NIGHT):
            run_dag(home, dags[name], day)
    run_dag(home, dags[NIGHT], night)
    if lacks_training(home):
        try:
            run_dag(home, dags[TRAINING], day)
        except RegularsError as refused:
            click.echo(f"  {refused}", err=True)
        if any(home.models.glob("*/champion.json")):
            run_dag(home, dags[NIGHT], night)
        write_text(home.models / TRAINED, home.in_front)
    elif wanted := training_wanted(home.published_database, home.models):
        click.echo(f"  training early: {'; '.join(wanted)}", err=True)
        run_dag(home, dags[TRAINING], day)
        run_dag(home, dags[NIGHT], night)


def read_again(home: Home, source: str, which: str) -> None:
    """Read the kept bytes of ``source`` again and judge them, by its own DAG. Raises as ``run_night`` does."""
    dags = load_dags(home)
    known = sorted(name.removeprefix(LANDING) for name in dags if name.startswith(LANDING))
    if source not in known:
        raise UsageError(f"There is no source '{source}'. {did_you_mean(source, known)}")
    with airflow_home.run_mark(home):
        run_dag(home, dags[LANDING + source], {"read_again": which})


def preview_identity(home: Home) -> None:
    """Compare who is who by the rules as they are now with the publication in front. Raises as ``run_night`` does."""
    dags = load_dags(home)
    with airflow_home.run_mark(home):
        run_dag(home, dags[PREVIEW], {})


def lacks_training(home: Home) -> bool:
    """Whether the first training has not come to its end: it was never tried, was killed, or had too little to learn
    from and there is another publication now. A model that did not beat its simple rule waits for `retrain_models`.
    """
    champions = {path.parent.name for path in home.models.glob("*/champion.json")} & {*spec_names()}
    if champions.issuperset(spec_names()):
        return False
    tried = home.models / TRAINED
    return not tried.exists() or (not champions and tried.read_text() != home.in_front)


def load_dags(home: Home) -> dict[str, Any]:
    """Every DAG of `dags/` by its id. The environment Airflow reads is set first."""
    airflow_home.prepare(home)
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "INFO" if is_verbose() else "CRITICAL")
    os.environ["REGULARS_RUN_PID"] = str(os.getpid())
    # What libraries make at their import lives to the end; to look for garbage among it took 2 of the 13 seconds
    # in which all of them are imported.
    gc.set_threshold(*_GARBAGE_LOOKED_FOR_AFTER)
    from airflow.sdk import DAG

    _speak_one_version()
    airflow_home.create_database(home)
    sys.path.insert(0, str(config.PROJECT / "dags"))
    modules = [importlib.import_module(path.stem) for path in airflow_home.dag_files()]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, DAG)]
    return {dag.dag_id: dag for dag in found}


def _speak_one_version() -> None:
    """Let the API by which tasks of this process report have the one version they speak.

    For the first task Airflow makes the routes of every version there ever was, which takes longer than most tasks do:
    3 to 5 CPU seconds for nine. (No upstream issue was found for it.)
    """
    from airflow.api_fastapi.execution_api import versions
    from airflow.api_fastapi.execution_api.routes import execution_api_router
    from cadwyn import HeadVersion, Version, VersionBundle
    from cadwyn.route_generation import _DELETED_ROUTE_TAG as ONLY_IN_OLDER

    routes = execution_api_router.routes
    routes[:] = [route for route in routes if ONLY_IN_OLDER not in getattr(route, "tags", ())]
    versions.bundle = VersionBundle(HeadVersion(), Version(versions.bundle.versions[0].value))


def upstream_of(dags: dict[str, Any], last: str) -> list[str]:
    """Names of the DAGs whose Assets ``last`` takes in, except those that themselves take in what it gives out."""
    wanted, given = _assets(dags[last], "inlets"), _assets(dags[last], "outlets")
    return sorted(
        name for name, dag in dags.items() if _assets(dag, "outlets") & wanted and not _assets(dag, "inlets") & given
    )


def _assets(dag: Any, side: str) -> set[str]:
    return {asset.uri for task in dag.tasks for asset in getattr(task, side)}


def run_dag(home: Home, dag: Any, conf: dict[str, Any]) -> None:
    """Run one DAG to its end. Raises what its first failed task was told to say."""
    outcome = dag.test(run_conf=conf)
    if str(outcome.state) == "success":
        return
    table = ledger.failure
    told = ledger.Ledger(home.operations_url).rows(
        sa.select(table).where(table.c.run_id == outcome.run_id).order_by(table.c.failed_at)
    )
    if not told:
        raise RegularsError(
            f"The DAG '{dag.dag_id}' did not finish", next_step="run again with -v to see the log of its tasks"
        )
    kinds = {kind.exit_code: kind for kind in (UsageError, DataHeld, ApprovalNeeded)}
    raise kinds.get(told[0]["exit_code"], RegularsError)(told[0]["message"], where=told[0]["place"])
