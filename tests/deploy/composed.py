"""docker-compose.yml without Docker: its commands, settings and health checks as plain processes on loopback.

What a container engine would do is done here: variables from .env, names of services become addresses, folders of the
image become ours. Everything else is what the file says.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from regulars import config
from tests.conftest import IDENTIFIER_KEY
from tests.dags.standalone import READY_SECONDS, Standalone
from tests.deploy.image import Image
from tests.deploy.postgres import LEASH, Postgres, end_at_once, family

VARIABLE = re.compile(r"\$\{(\w+):\?run make env\}")


def compose(project: Path = config.PROJECT) -> dict[str, Any]:
    """What the file says, with its anchors put in."""
    content: dict[str, Any] = yaml.safe_load((project / "docker-compose.yml").read_text())
    return content


def variables(file: Path) -> dict[str, str]:
    """What a .env file says."""
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


@dataclass
class Composed(Standalone):
    """Every service of the file; `with` starts them in the file's order and waits until all are healthy."""

    image: Image = field(default_factory=lambda: Image(Path("/")))
    postgres: Postgres = field(default_factory=Postgres)
    secrets: dict[str, str] = field(default_factory=dict)
    peaks_mib: dict[str, int] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def console(self) -> Path:
        return self.home / "console.txt"

    @property
    def password(self) -> str:
        return self.secrets["REGULARS_ADMIN_PASSWORD"]

    def settings(self, service: str) -> dict[str, str]:
        """The environment a service of ours would have in its container."""
        told = {name: self._here(value) for name, value in compose()["services"][service]["environment"].items()}
        only_here = {
            "REGULARS_HOME": str(self.home),
            "REGULARS_IDENTIFIER_KEY": IDENTIFIER_KEY,
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.ports[0]),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(self.ports[1]),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(self.ports[2]),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
        }
        return {**self.image.environment, **told, **only_here}

    def _here(self, value: str) -> str:
        value = VARIABLE.sub(lambda found: self.secrets[found[1]], value)
        value = value.replace("@postgres:5432/", f"@127.0.0.1:{self.postgres.port}/")
        return value.replace("http://api-server:8080/", f"http://127.0.0.1:{self.ports[0]}/")

    def make_databases(self) -> None:
        """What the Postgres image does with an empty volume."""
        settings = {"PGHOST": str(self.postgres.folder), "PGPORT": str(self.postgres.port)}
        done = subprocess.run(
            ["sh", str(config.PROJECT / "scripts" / "databases.sh")],
            env={**os.environ, **settings, "REGULARS_DATABASE_PASSWORD": self.secrets["REGULARS_DATABASE_PASSWORD"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def command(self, service: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """`docker compose run SERVICE ARGUMENTS`, with other settings where given."""
        return subprocess.run(
            [*self._entry(), *arguments],
            env={**self.settings(service), **settings},
            cwd=self.image.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def _entry(self) -> list[str]:
        first, *rest = self.image.entry_point
        return [str(self.image.root / "opt" / "venv" / "bin" / first), *rest]

    def __enter__(self) -> Composed:
        self.home.mkdir(exist_ok=True)
        services = compose()["services"]
        ours = [name for name, service in services.items() if "build" in service]
        try:
            for name in ours:
                command = services[name]["command"]
                if services[name]["restart"] == "no":
                    done = self.command(name, *command)
                    assert done.returncode == 0, done.stdout + done.stderr
                else:
                    self._start(name, command)
            self.process = self.running["scheduler"]
            for name in self.running:
                self._until(lambda name=name: self.is_healthy(name), READY_SECONDS, f"{name} to be healthy")
            self._await_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self, name: str, command: list[str]) -> None:
        with self.console.open("ab") as console:
            self.running[name] = subprocess.Popen(
                [*LEASH, *self._entry(), *command],
                env=self.settings(name),
                cwd=self.image.folder,
                stdin=subprocess.PIPE,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __exit__(self, *_: object) -> None:
        """End every process at once, as a power cut would."""
        end_at_once(*self.running.values())
        self.running.clear()

    def is_healthy(self, name: str) -> bool:
        """What the health check of the file says; `CMD` is followed by a program and its arguments."""
        check = compose()["services"][name]["healthcheck"]["test"]
        program = str(self.image.root / "opt" / "venv" / "bin" / check[1])
        done = subprocess.run([program, *check[2:]], env=self.settings(name), capture_output=True, check=False)
        return done.returncode == 0

    def _until(self, asked: Any, seconds: float, awaited: str) -> Any:
        """As of a standalone Airflow, and notes the memory of each service on the way."""
        return super()._until(lambda: self._note_memory() or asked(), seconds, awaited)

    def _note_memory(self) -> None:
        # What a limit of a container counts: pages its processes share are counted once.
        for name, process in self.running.items():
            pages = 0
            for one in family(process.pid):
                with contextlib.suppress(psutil.NoSuchProcess):
                    pages += one.memory_full_info().pss
            self.peaks_mib[name] = max(self.peaks_mib.get(name, 0), pages // 2**20)

    def await_task(self, dag: str, run_id: str, task: str, within_seconds: float) -> None:
        """Wait until a task of a run is at work."""
        place = f"/dags/{dag}/dagRuns/{run_id}/taskInstances/{task}"
        self._until(lambda: self.get(place)["state"] == "running", within_seconds, f"{task} of {run_id}")
