"""A real `regulars airflow` in a process group of its own, and its REST API."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from tests.conftest import IDENTIFIER_KEY

ANSWER_SECONDS = 90
"""A writer waits a minute for SQLite before it gives up."""

DAGS_OF_ALL_SOURCES = 3
"""Beside the one of each source: nightly, retrain_models and identity_preview."""

READY_SECONDS = 180
RUN_SECONDS = 300
NIMBLE = {
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
}
"""What a test does not want to wait for: the pauses between two looks of a scheduler, and DAG files read again."""

QUICK_TO_MISS = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "3",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
}
"""Tasks that were killed are missed soon; on a busy machine that may hit one that lives."""


def free_ports(count: int) -> list[int]:
    """Ports of loopback nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _was_busy(status: int, answer: Any) -> bool:
    """Whether Airflow refused since SQLite had another writer: a backfill says so by 503, all else by this reason."""
    detail = answer.get("detail") if isinstance(answer, dict) else None
    return status == 503 or (isinstance(detail, dict) and detail.get("reason") == "Database error")


@dataclass
class Standalone:
    """Airflow on one home; `with` starts it, and ends every process of its group whatever happens."""

    home: Path
    world: str = "cdnow"
    ports: list[int] = field(default_factory=lambda: free_ports(3))
    token: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    """Further settings of its environment."""
    sources: int = 3
    """How many its world has."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def console(self) -> Path:
        return self.home / "standalone.txt"

    @property
    def password(self) -> str:
        """Of the user admin, as `regulars airflow` says where it is."""
        return json.loads((self.home / "airflow" / "simple_auth_manager_passwords.json.generated").read_text())["admin"]

    def __enter__(self) -> Standalone:
        settings = {
            "REGULARS_HOME": str(self.home),
            "REGULARS_WORLD": self.world,
            "REGULARS_IDENTIFIER_KEY": IDENTIFIER_KEY,
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(self.ports[1]),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(self.ports[2]),
            **NIMBLE,
            **self.more,
        }
        program = Path(sys.executable).with_name("regulars")
        # The group ends itself when this process goes, however it goes: then `read` comes to an end.
        leashed = f"'{program}' airflow --port {self.ports[0]} </dev/null & read _; kill -KILL 0"
        with self.console.open("wb") as console:
            self.process = subprocess.Popen(
                ["sh", "-c", leashed],
                env={**os.environ, **settings},
                stdin=subprocess.PIPE,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._await_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """End every process of it at once, whatever they are at, and see them gone."""
        ours = [psutil.Process(pid) for pid in psutil.pids() if self._is_ours(pid)]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        psutil.wait_procs(ours, timeout=30)

    def _is_ours(self, pid: int) -> bool:
        try:
            return os.getpgid(pid) == self.process.pid
        except ProcessLookupError:
            return False

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """One request; gives status and the JSON answered."""
        request = urllib.request.Request(
            f"{self.address}{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"null")

    def get(self, path: str) -> Any:
        """What ``path`` of the API holds; fails when it is refused."""
        status, answer = self.call("GET", f"/api/v2{path}")
        assert status == 200, (path, status, answer)
        return answer

    def change(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Ask for a change, and again where Airflow's SQLite was busy: it then took back what it had begun."""
        return self._until(
            lambda: not _was_busy(*(answer := self.call(method, f"/api/v2{path}", body))) and answer,
            RUN_SECONDS,
            "SQLite",
        )

    def trigger(self, dag: str, **conf: Any) -> tuple[int, Any]:
        """Start a run by hand."""
        return self.change("POST", f"/dags/{dag}/dagRuns", {"logical_date": None, "conf": conf})

    def unpause(self, dag: str) -> None:
        """Let the time table of ``dag`` run."""
        status, answer = self.change("PATCH", f"/dags/{dag}", {"is_paused": False})
        assert status == 200, answer

    def run(self, *dags: str, **conf: Any) -> list[dict[str, Any]]:
        """Start a run of each of ``dags`` by hand, side by side, and wait for their ends."""
        started = [self.trigger(dag, **conf) for dag in dags]
        assert {status for status, _ in started} == {200}, started
        return [self.ended(run["dag_id"], run["dag_run_id"]) for _, run in started]

    def ended(self, dag: str, run_id: str, within_seconds: float = RUN_SECONDS) -> dict[str, Any]:
        """The run once it has ended."""
        return self._until(
            lambda: (run := self.get(f"/dags/{dag}/dagRuns/{run_id}"))["state"] in ("success", "failed") and run,
            within_seconds,
            f"{dag} {run_id}",
        )

    def task_in(self, dag: str, run_id: str, task: str, states: set[str]) -> None:
        """Wait until a task of a run is in one of ``states``."""
        place = f"/dags/{dag}/dagRuns/{run_id}/taskInstances/{task}"
        self._until(lambda: self.get(place)["state"] in states, RUN_SECONDS, f"{task} of {run_id}")

    def backfill(
        self, dag: str, first: str, last: str, look: Callable[[], object], **more: Any
    ) -> list[dict[str, Any]]:
        """Backfill ``dag`` from one logical date to another, as its form does, looking all the time; gives its runs."""
        body = {"dag_id": dag, "from_date": first, "to_date": last, **more}
        status, asked = self.change("POST", "/backfills", body)
        assert status == 200, asked
        of_it = f"/dags/{dag}/dagRuns?run_type=backfill&order_by=logical_date"

        def ended_runs() -> Any:
            look()
            runs = [run for run in self.get(of_it)["dag_runs"] if first <= run["logical_date"] <= last]
            return runs and all(run["state"] in ("success", "failed") for run in runs) and runs

        return self._until(ended_runs, 4 * RUN_SECONDS, f"backfill {asked['id']}")

    def backfilled(self, dag: str, count: int) -> list[dict[str, Any]]:
        """The runs of a backfill somebody else asked for, once there are so many of them."""
        place = f"/dags/{dag}/dagRuns?run_type=backfill&order_by=logical_date"
        return self._until(
            lambda: len(runs := self.get(place)["dag_runs"]) == count and runs, RUN_SECONDS, f"a backfill of {dag}"
        )

    def asked(self, dag: str) -> dict[str, Any]:
        """Start ``dag`` and wait until it asks a person; gives the run, with what it asks as ``question``."""
        status, run = self.trigger(dag)
        assert status == 200, run
        place = f"/api/v2/dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances/approve/-1/hitlDetails"
        question = self._until(
            lambda: (answer := self.call("GET", place))[0] == 200 and answer[1], RUN_SECONDS, f"the question of {dag}"
        )
        return {**run, "question": question}

    def let_deadline_pass(self, run: dict[str, Any], task: str) -> None:
        """Bring the end of the time a person has for ``task`` to now, where the scheduler looks for it."""
        moved = "update task_instance set trigger_timeout = ? where run_id = ? and task_id = ? and state = ?"
        now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
        database = self.home / "airflow" / "airflow.db"
        with contextlib.closing(sqlite3.connect(database, timeout=60)) as metadata, metadata:
            changed = metadata.execute(moved, (now, run["dag_run_id"], task, "awaiting_input")).rowcount
        assert changed == 1, f"{task} of {run['dag_run_id']} awaits nobody"

    def automatic_run(self, dag: str) -> dict[str, Any]:
        """The first run the time table started, once it has ended."""
        runs = self._until(
            lambda: self.get(f"/dags/{dag}/dagRuns?run_type=scheduled")["dag_runs"], RUN_SECONDS, f"a run of {dag}"
        )
        return self.ended(dag, runs[0]["dag_run_id"])

    def tasks(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        """The task instances of a run."""
        return self.get(f"/dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances")["task_instances"]

    def log(self, task: dict[str, Any]) -> str:
        """What the log of the last try of a task says."""
        place = f"/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}"
        return json.dumps(self.get(f"{place}/logs/{task['try_number']}?map_index={task['map_index']}")["content"])

    def _await_ready(self) -> None:
        self._until(self._has_logged_in, READY_SECONDS, "Airflow")
        dags = self.sources + DAGS_OF_ALL_SOURCES
        self._until(lambda: self.get("/dags")["total_entries"] == dags, READY_SECONDS, f"{dags} DAGs")

    def _has_logged_in(self) -> bool:
        try:
            status, answer = self.call("POST", "/auth/token", {"username": "admin", "password": self.password})
        except (OSError, ValueError):
            return False
        self.token = answer["access_token"] if status == 201 else ""
        return bool(self.token)

    def _until(self, asked: Any, seconds: float, awaited: str) -> Any:
        """Ask twice a second until the answer is yes. Fails after ``seconds``, or when Airflow has ended."""
        end = time.monotonic() + seconds
        while not (answer := asked()):
            alive = self.process.poll() is None
            assert alive and time.monotonic() < end, f"waited for {awaited}:\n{self.console.read_text()[-3000:]}"
            time.sleep(0.5)
        return answer
