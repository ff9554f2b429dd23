"""What several rooms' tests share: a finished home of the published data, made once for the whole run."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.deploy.postgres import Postgres

# How long an example takes says something of the machine, and what fails once has to fail again.
hypothesis.settings.register_profile("regulars", deadline=None, derandomize=True)
hypothesis.settings.load_profile("regulars")

PROJECT = Path(__file__).resolve().parents[1]
IDENTIFIER_KEY = "a key for tests only"


FIRST = (
    "tests/faults/",
    "tests/docs/",
    "tests/dags/test_in_process.py",
    "tests/end_to_end/",
    "tests/imports/",
    "tests/privacy/test_consent_nights.py",
    "tests/known_answer/",
    "tests/dbt_project/",
    "tests/quality/test_suites.py",
    "tests/resolve/",
)
"""What takes longest, so that two workers end together; before all of it the real Airflow."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of two workers one takes a whole file, or group of files: what its fixtures make is made once, and nobody waits.

    pytest 9.2 no longer reads the name by which xdist groups tests, so it is put into their ids.
    """
    items.sort(key=lambda item: _turn(item.nodeid, "airflow" in item.keywords))
    for item in items if config.getoption("loadgroup", False) else ():
        group = item.get_closest_marker("xdist_group")
        name = group.args[0] if group else item.nodeid.split("::")[0].replace("/", ".")
        if "@" not in item.nodeid:
            item._id = item.id.parse(f"{item.nodeid}@{name}")  # type: ignore[attr-defined]


def _turn(node: str, is_airflow: bool) -> int:
    return 0 if is_airflow else next((turn for turn, name in enumerate(FIRST, start=1) if node.startswith(name)), 99)


def regulars(
    *arguments: str, home: Path, world: str = "complete_journey", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would, in a process of its own."""
    settings = {"REGULARS_HOME": str(home), "REGULARS_WORLD": world, "REGULARS_IDENTIFIER_KEY": IDENTIFIER_KEY}
    program = Path(sys.executable).with_name("regulars")
    return subprocess.run(
        [str(program), *arguments],
        env={**os.environ, **settings, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def make_home(folder: Path, world: str) -> Path:
    """A home after `make run` of a world; made once, whoever asks first, also when tests run in parallel."""
    done = folder / ".done"
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            for verb in (("demo", "extract"), ("run",)):
                outcome = regulars(*verb, home=folder, world=world)
                assert outcome.returncode == 0, outcome.stderr
            done.touch()
    return folder


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the whole run, also when several processes share it."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def published_home(shared_folder: Path) -> Iterator[Path]:
    """Complete Journey after `make run`. Read it; whoever writes makes a copy."""
    yield make_home(shared_folder / "complete_journey", "complete_journey")


@pytest.fixture(scope="session")
def cdnow_home(shared_folder: Path) -> Iterator[Path]:
    """CDNOW after `make run WORLD=cdnow`. Read it; whoever writes makes a copy."""
    yield make_home(shared_folder / "cdnow", "cdnow")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the tests marked so; each takes an empty database of it."""
    from tests.deploy.postgres import Postgres

    with Postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def operations_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty operational store, on each engine that may hold one."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'operations.db'}"
    return str(request.getfixturevalue("postgres").new_database())
