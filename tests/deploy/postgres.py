"""A PostgreSQL of its own on loopback: Debian's programs, a fresh folder, passwords on. It can be killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from tests.dags.standalone import free_ports

READY_SECONDS = 60
LEASH = ("sh", "-c", '"$@" </dev/null & read _; kill -KILL 0', "sh")
"""Before a command: its group ends itself when this process goes, however it goes. Then `read` comes to an end."""
ROLE, PASSWORD = "postgres", "of a test on loopback"


def programs() -> Path:
    """The folder of the newest PostgreSQL here; Debian keeps each version apart, and most of it outside PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    found = str(folders[-1]) if folders else shutil.which("postgres")
    assert found, "PostgreSQL is needed. To bring it: sudo apt-get install postgresql"
    return Path(found).parent


def family(pid: int) -> list[psutil.Process]:
    """A process and all that came of it, also in groups of their own; empty when it has ended."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end_at_once(*started: subprocess.Popen[bytes]) -> None:
    """Kill the families of ``started`` before one of them can see another end."""
    everybody = [one for process in started for one in family(process.pid)]
    for act in (psutil.Process.suspend, psutil.Process.kill):
        for one in everybody:
            with contextlib.suppress(psutil.NoSuchProcess):
                act(one)
    for process in started:
        process.wait()


class Postgres:
    """A server; `with` starts it, and ends every process of it whatever happens."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        # The server refuses to run as root, so the folder is that of the user Debian made for it.
        self.user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="regulars-postgres-"))
        self._numbers = count()

    def __enter__(self) -> Postgres:
        (self.folder / "password").write_text(PASSWORD)
        if self.user:
            for path in (self.folder, self.folder / "password"):
                shutil.chown(path, self.user, self.user)
        made = self.run("initdb", f"--pgdata={self.folder / 'data'}", f"--username={ROLE}", "--encoding=UTF8")
        assert made.returncode == 0, made.stderr
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One of PostgreSQL's programs, as the server's user."""
        ways = ("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={self.folder / 'password'}")
        command = [str(programs() / program), *arguments, *(ways if program == "initdb" else ())]
        return subprocess.run(command, user=self.user, cwd=self.folder, capture_output=True, text=True, check=False)

    def start(self) -> None:
        """Start it on what its folder holds, and wait until it answers."""
        options: Sequence[str] = ("-D", str(self.folder / "data"), "-k", str(self.folder), "-p", str(self.port))
        with (self.folder / "console.txt").open("ab") as console:
            self.process = subprocess.Popen(
                [*LEASH, str(programs() / "postgres"), *options, "-c", "listen_addresses=127.0.0.1"],
                user=self.user,
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + READY_SECONDS
        while self.run("pg_isready", "--host=127.0.0.1", f"--port={self.port}").returncode:
            said = (self.folder / "console.txt").read_text()[-2000:]
            assert self.process.poll() is None and time.monotonic() < end, said
            time.sleep(0.1)

    def kill(self) -> None:
        """End every process of it at once, as a power cut would."""
        end_at_once(self.process)

    def address(self, database: str) -> str:
        """SQLAlchemy address of one database."""
        return f"postgresql+psycopg://{ROLE}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """An empty database; gives its SQLAlchemy address."""
        name = f"empty_{next(self._numbers)}"
        with psycopg.connect(self.address("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return self.address(name)
