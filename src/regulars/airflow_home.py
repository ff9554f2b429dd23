"""Airflow as this project runs it: its own home, our DAGs, loopback only, no examples, no call to the network."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from regulars import config
from regulars.config import Home
from regulars.durable import write_text
from regulars.logs import PROGRESS_VARIABLE

WRITER_POOL = "warehouse_writer"
COMPONENTS = ("init", "api-server", "scheduler", "dag-processor", "triggerer")
"""What a deployment runs as services, and the step before them."""


def prepare(home: Home, port: int = 8080) -> None:
    """Set the environment Airflow reads at its import. What the caller's environment says already is left as it is."""
    folder = home.root / "airflow"
    folder.mkdir(parents=True, exist_ok=True)
    # Its parts write at the same time: on a busy machine SQLite's own five seconds of patience are too few.
    by_default = f"sqlite:///{folder / 'airflow.db'}?timeout=60"
    database = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", by_default)
    settings = {
        "AIRFLOW_HOME": folder,
        "AIRFLOW__CORE__DAGS_FOLDER": config.PROJECT / "dags",
        "AIRFLOW__CORE__LOAD_EXAMPLES": False,
        "AIRFLOW__CORE__PARALLELISM": 4,
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "utc",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": folder / "logs",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": False,
        "AIRFLOW__SCHEDULER__DAG_STALE_NOT_SEEN_DURATION": 600,
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 60,
        # Tasks of a scheduler that was killed wait for this; by default five minutes.
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": 60,
        # After a start, tasks may be there before the API server is; by default they fail within ten seconds.
        "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": 20,
        "AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX": 15,
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": 30,
        "REGULARS_HOME": home.root,
        "REGULARS_WORLD": config.world_name(),
        "GX_ANALYTICS_ENABLED": False,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": False,
        "DO_NOT_TRACK": 1,
        # Of the processes started from here: the one that tracks semaphores would warn at every end.
        "PYTHONWARNINGS": "ignore",
    }
    if database.startswith("postgresql+psycopg:"):
        # The same driver for both; Airflow would look for another one.
        settings["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"] = database
    for name, value in settings.items():
        os.environ.setdefault(name, str(value))


def create_database(home: Home, *, anew: bool = False) -> None:
    """The metadata database and the pool of one writer, made once for each version of Airflow and each database.

    ``anew`` looks whatever was made before, as a server of its own may have lost it; what is there stays.
    """
    import sqlalchemy as sa
    from airflow import __version__

    made = home.root / "airflow" / ".prepared"
    database = sa.make_url(os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    version_and_place = f"{__version__} {database.render_as_string(hide_password=True)}"
    # Airflow has no lock of its own for SQLite: of two first commands at once one would find half of the tables there.
    with (Path(os.environ["AIRFLOW_HOME"]) / ".preparing").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not anew and made.exists() and made.read_text() == version_and_place:
            return
        from airflow.models.pool import Pool
        from airflow.utils.db import initdb

        initdb()
        # Without its pool a task would wait for ever.
        told = "One writer of the candidate"
        Pool.create_or_update_pool(WRITER_POOL, slots=1, description=told, include_deferred=True)
        write_text(made, version_and_place)


@contextmanager
def run_mark(home: Home) -> Iterator[None]:
    """Fail the DAG runs a killed `regulars run` left behind; until the end, nobody calls the runs of this one so.

    The mark is a lock that ends with its process, however that ends.
    """
    with (home.root / "airflow" / ".run_mark").open("w") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            _fail_abandoned_runs()
        fcntl.flock(mark, fcntl.LOCK_SH)
        yield


def _fail_abandoned_runs() -> None:
    import sqlalchemy as sa
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState, State, TaskInstanceState
    from airflow.utils.types import DagRunTriggeredByType

    in_process = DagRun.triggered_by == DagRunTriggeredByType.TEST
    with create_session() as session:
        for run in session.scalars(sa.select(DagRun).where(in_process, DagRun.state == DagRunState.RUNNING)):
            for task in run.get_task_instances(state=State.unfinished, session=session):
                task.state = TaskInstanceState.FAILED if task.start_date else TaskInstanceState.UPSTREAM_FAILED
            run.set_state(DagRunState.FAILED)


def dag_files() -> list[Path]:
    """The files that define DAGs."""
    return sorted(path for path in (config.PROJECT / "dags").glob("*.py"))


def serve(home: Home, port: int) -> None:
    """Run `airflow standalone` on loopback in this process's place until it is stopped; says how to log in."""
    _prepare_server(home, port)
    create_database(home)
    with run_mark(home):
        pass
    click.echo(f"Airflow: http://127.0.0.1:{port} (ready in about half a minute, stop with Ctrl-C)")
    click.echo(f"Log in as admin; the password is in {_passwords(home)}")
    _become("standalone")


def serve_component(home: Home, port: int, component: str) -> None:
    """Run one part of Airflow in this process's place, where each is a service of its own.

    `init` makes what the others need, then ends; a second time it changes nothing.
    """
    # Of what is written here, nothing is for other users of the machine.
    os.umask(0o077)
    _prepare_server(home, port)
    if component != "init":
        _become(component)
    config.claim_home(home, config.world_name())
    create_database(home, anew=True)
    with run_mark(home):
        pass
    if password := os.environ.get("REGULARS_ADMIN_PASSWORD"):
        file = _passwords(home)
        known = json.loads(file.read_text() or "{}") if file.exists() else {}
        write_text(file, json.dumps({**known, "admin": password}) + "\n")
    click.echo("Airflow is prepared.")


def _prepare_server(home: Home, port: int) -> None:
    prepare(home, port)
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")
    # What a task says about itself belongs in its log, also why it was skipped.
    os.environ.setdefault("AIRFLOW__LOGGING__NAMESPACE_LEVELS", "task=INFO")
    # A terminal is told how far a run is; in the log of a task that would look like an error.
    os.environ.pop(PROGRESS_VARIABLE, None)


def _passwords(home: Home) -> Path:
    """Where Airflow keeps the passwords of its users."""
    return home.root / "airflow" / "simple_auth_manager_passwords.json.generated"


def _become(component: str) -> NoReturn:
    program = Path(sys.executable).with_name("airflow")
    # Standalone starts its parts by the name `airflow` alone.
    os.environ["PATH"] = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    os.execv(program, [str(program), component])
