"""Runs the command line in processes of their own that can be killed: as a shell does, or forked with imports done.

A fork server imports the slow libraries once; each fork is in a process group of its own. It runs the same command and
the same tasks of the same DAG objects in their order, but calls them itself: Airflow's own part of a run costs more
than the night of a tiny shop. ``start_program`` leaves nothing out.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from regulars import config

KILLED = -signal.SIGKILL
TIME_LIMIT_SECONDS = 400
_PR_SET_PTRACER = 0x59616D61


@dataclass(frozen=True)
class Run:
    """How a process ended, and all it said."""

    exit_code: int
    told: str


@dataclass(frozen=True)
class Process:
    """A process at work, and the file it speaks to."""

    process: BaseProcess | subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid or 0

    def kill(self) -> None:
        """End it and whatever it has started by SIGKILL."""
        os.killpg(self.pid, signal.SIGKILL)

    def await_stop(self) -> None:
        """Wait until it stands still at a failpoint, or before its first step. Fails when it has ended instead."""
        while Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "T":
            assert self._ended(0.02) is None, f"it ended before it stopped: {self.log.read_text()[-400:]}"

    def resume(self) -> None:
        """Let it go on where it stands still."""
        os.killpg(self.pid, signal.SIGCONT)

    def wait(self) -> Run:
        """Wait for its end. A process beyond the time limit is killed, which its exit code tells."""
        code = self._ended(TIME_LIMIT_SECONDS)
        if code is None:
            self.kill()
            code = self._ended(TIME_LIMIT_SECONDS)
        return Run(-1 if code is None else code, self.log.read_text(errors="replace"))

    def _ended(self, seconds: float) -> int | None:
        if isinstance(self.process, BaseProcess):
            self.process.join(seconds)
            return self.process.exitcode
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


def start_program(arguments: Sequence[str], log: Path, environment: Mapping[str, str]) -> Process:
    """Start ``regulars`` as a shell does."""
    program = Path(sys.executable).with_name("regulars")
    with log.open("wb") as told:
        return Process(
            subprocess.Popen(
                [str(program), *arguments],
                env={**os.environ, **environment},
                stdout=told,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ),
            log,
        )


def start_server(environment: Mapping[str, str]) -> None:
    """Start the fork server of this process with ``environment``: what it imports reads it then."""
    multiprocessing.set_forkserver_preload(["tests.faults.preloaded"])
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        forkserver.ensure_running()
    finally:
        for name in environment:
            os.environ.pop(name)
        os.environ.update(before)


def start(target: Callable[..., object], arguments: Sequence[object], log: Path, env: Mapping[str, str]) -> Process:
    """Fork a process that calls ``target(*arguments)`` with ``env`` added to its environment."""
    context = multiprocessing.get_context("forkserver")
    log.write_bytes(b"")
    child = context.Process(target=_begin, args=(target, tuple(arguments), str(log), dict(env)))
    child.start()
    return Process(child, log)


def paused(target: Callable[..., object], *arguments: object) -> None:
    """Stand still until SIGCONT, then call ``target``: whoever wants to trace all of it attaches before."""
    os.kill(os.getpid(), signal.SIGSTOP)
    target(*arguments)


def limited(limits: Mapping[int, int], target: Callable[..., object], *arguments: object) -> None:
    """Call ``target`` with less of what the kernel gives a process, by the numbers of ``resource``."""
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    target(*arguments)


def start_as_new(arguments: Sequence[str], log: Path, env: Mapping[str, str], *before: str) -> Process:
    """Start ``command_line(*arguments)`` in an interpreter of its own, by the command ``before``: nothing is forked."""
    called = "import sys; from tests.faults.process import command_line; command_line(*sys.argv[1:])"
    with log.open("wb") as told:
        child = subprocess.Popen(
            [*before, sys.executable, "-W", "ignore", "-c", called, *arguments],
            env={**os.environ, **env},
            cwd=config.PROJECT,
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Process(child, log)


def command_line(*arguments: str) -> None:
    """What the program ``regulars`` does, the tasks of its DAGs called without Airflow's database."""
    from airflow.sdk import DAG

    from regulars import airflow_home, cli, warehouse

    # The fork server read its own at the import.
    config.CONF = Path(os.environ["REGULARS_CONF"])
    warehouse.MEMORY_LIMIT = os.environ.get("REGULARS_MEMORY_LIMIT", warehouse.MEMORY_LIMIT)
    airflow_home.create_database = nullcontext
    airflow_home.run_mark = nullcontext
    DAG.test = call_tasks
    sys.argv = ["regulars", *arguments]
    cli.main()


def call_tasks(dag: Any, run_conf: Mapping[str, object]) -> SimpleNamespace:
    """Call the tasks of ``dag`` in their order; the state and run_id that ``dag.test`` would give."""
    from airflow.providers.standard.operators.python import ShortCircuitOperator
    from airflow.sdk.definitions._internal import contextmanager as airflow_context
    from airflow.sdk.exceptions import AirflowSkipException

    from regulars.errors import RegularsError

    run_id, results = f"{dag.dag_id}-{uuid.uuid4()}", {}
    params = {**dag.params.dump(), **run_conf}
    run = SimpleNamespace(run_id=run_id, run_type="manual", conf=dict(run_conf), data_interval_end=None)
    context = {"dag": dag, "dag_run": run, "params": params, "run_id": run_id}
    for task in dag.topological_sort():
        instance = SimpleNamespace(
            dag_id=dag.dag_id, task_id=task.task_id, run_id=run_id, map_index=-1, try_number=1, max_tries=0
        )
        airflow_context._CURRENT_CONTEXT.append({**context, "ti": instance})
        try:
            outcome = results[task.task_id] = _call(task, results)
            if isinstance(task, ShortCircuitOperator) and not outcome:
                break
        except AirflowSkipException:
            return SimpleNamespace(state="success", run_id=run_id)
        except RegularsError:
            return SimpleNamespace(state="failed", run_id=run_id)
        finally:
            airflow_context._CURRENT_CONTEXT.pop()
    return SimpleNamespace(state="success", run_id=run_id)


def _call(task: Any, results: Mapping[str, object]) -> object:
    expanded = getattr(task, "op_kwargs_expand_input", None)
    if expanded:
        ((name, values),) = expanded.value.items()
        return [task.python_callable(**{name: value}) for value in values]
    arguments = [results[argument.operator.task_id] for argument in task.op_args]
    return task.python_callable(*arguments)


def _begin(target: Callable[..., object], arguments: tuple[object, ...], log: str, env: dict[str, str]) -> None:
    os.setsid()
    handle = os.open(log, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(handle, stream)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
    os.environ.update(env)
    time.tzset()
    # Where only descendants may be traced (Ubuntu), strace may attach to this one all the same.
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1))
    target(*arguments)
