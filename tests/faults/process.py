"""Runs the command line in a process of its own that can be killed, with the slow imports already done.

A fork server imports the libraries once; each run is a fork of it in a process group of its own, and does what
``regulars`` does when a shell starts it. Airflow is not among them: it binds itself to one home when it is imported.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

PRELOADED = [
    "regulars.cli",
    "regulars.quality.gate",
    "regulars.report.page",
    "regulars.activate.export",
    "regulars.publish.swap",
    "great_expectations",
    "dbt.cli.main",
    "dbt.adapters.duckdb.connections",
    "ml.models.train",
    "ml.scoring.score",
    "pyarrow.parquet",
]
KILLED = -signal.SIGKILL
TIME_LIMIT_SECONDS = 300


@dataclass(frozen=True)
class Run:
    """How a process ended, and all it said."""

    exit_code: int
    told: str
    seconds: float


@dataclass(frozen=True)
class Process:
    """A process that was started, and the file it speaks to."""

    process: BaseProcess
    log: Path
    began: float

    @property
    def pid(self) -> int:
        return self.process.pid or 0

    def kill(self) -> None:
        """End it and whatever it has started by SIGKILL."""
        os.killpg(self.pid, signal.SIGKILL)

    def wait(self) -> Run:
        """Wait for its end. A process beyond the time limit is killed, which its exit code tells."""
        self.process.join(TIME_LIMIT_SECONDS)
        if self.process.is_alive():
            self.kill()
            self.process.join()
        code = self.process.exitcode
        return Run(-1 if code is None else code, self.log.read_text(errors="replace"), time.monotonic() - self.began)


def start(target: Callable[..., Any], arguments: Sequence[object], log: Path, environment: Mapping[str, str]) -> Process:
    """Start ``target(*arguments)``; ``environment`` is added to that of the first call's."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    child = context.Process(target=_begin, args=(target, tuple(arguments), str(log), dict(environment)), daemon=True)
    child.start()
    return Process(child, log, time.monotonic())


def command_line(*arguments: str) -> None:
    """What the program ``regulars`` does."""
    from regulars.cli import main

    sys.argv = ["regulars", *arguments]
    main()


def _begin(target: Callable[..., Any], arguments: tuple[object, ...], log: str, environment: dict[str, str]) -> None:
    os.setsid()
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(handle, stream)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
    os.environ.update(environment)
    target(*arguments)
