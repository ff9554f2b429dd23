"""The deployment for real, short of Docker: the image's steps, the file's services, Debian's PostgreSQL, one night.

In the middle of the night every process is killed, the database's too. `make deploy-check` runs this.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from regulars.airflow_home import WRITER_POOL
from tests.deploy.composed import Composed, compose
from tests.deploy.image import Image
from tests.deploy.postgres import Postgres
from tests.deploy.test_env import make_env

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(1500)]
LANDINGS = ("land_crm", "land_web", "land_transactions")
HEALED_SECONDS = 300


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return Image(tmp_path_factory.mktemp("image")).build()


@pytest.fixture(scope="module")
def composed(image: Image, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """Every service at work on an empty home with a filled inbox."""
    folder = tmp_path_factory.mktemp("composed")
    services = Composed(
        folder / "home", image=image, postgres=postgres, secrets=make_env(folder, REGULARS_WORLD="cdnow")
    )
    services.make_databases()
    with services:
        laid_out = services.command("scheduler", "demo", "extract")
        assert laid_out.returncode == 0, laid_out.stderr
        yield services


@pytest.fixture(scope="module")
def after_the_kill(composed: Composed) -> dict[str, int]:
    """The first night, killed in its middle, healed, trained and run again; gives seconds it took."""
    before = set(_files(composed.image.folder))
    for dag in (*LANDINGS, "nightly", "retrain_models"):
        composed.unpause(dag)
    assert {run["state"] for run in composed.run(*LANDINGS)} == {"success"}
    _, night = composed.trigger("nightly")
    composed.await_task("nightly", night["dag_run_id"], "build_profile", HEALED_SECONDS)
    composed.__exit__()
    composed.postgres.kill()
    assert not [one for one in psutil.process_iter() if str(composed.home) in " ".join(_arguments(one))]
    began = time.monotonic()
    composed.postgres.start()
    composed.__enter__()
    ready = time.monotonic()
    healed = composed.ended("nightly", night["dag_run_id"], HEALED_SECONDS)
    assert healed["state"] == "success"
    took = {"ready": round(ready - began), "healed": round(time.monotonic() - began)}
    for step in ("retrain_models", "nightly"):
        assert [run["state"] for run in composed.run(step)] == ["success"]
    assert set(_files(composed.image.folder)) == before, "a night wrote into the project's folder"
    return took


def test_a_night_killed_with_its_database_ends_in_the_content_of_one_that_was_not(
    composed: Composed, after_the_kill: dict[str, int], cdnow_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name of a publication carries its content hash."""
    assert (composed.home / "published").resolve().name == (cdnow_home / "published").resolve().name
    with capsys.disabled():
        print(f"\n{after_the_kill} seconds after the kill; most memory (MiB): {composed.peaks_mib}")  # noqa: T201


def test_no_service_came_near_its_memory_limit(composed: Composed, after_the_kill: dict[str, int]) -> None:
    limits = {name: compose()["services"][name]["mem_limit"] for name in composed.peaks_mib}
    in_mib = {name: int(text[:-1]) * {"m": 1, "g": 1024}[text[-1]] for name, text in limits.items()}
    assert {name: mib for name, mib in composed.peaks_mib.items() if mib > in_mib[name] * 0.8} == {}


def test_the_ledger_stands_in_its_database_and_no_store_lies_beside(
    composed: Composed, after_the_kill: dict[str, int]
) -> None:
    address = composed.settings("scheduler")["REGULARS_OPERATIONS_URL"].replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        assert connection.execute("select count(*) from lease").fetchone() == (0,)
        (shown,) = connection.execute(
            "select publication_id from publication where activated_at = (select max(activated_at) from publication)"
        ).fetchone()
    assert shown == (composed.home / "published").resolve().name
    assert not list(composed.home.rglob("*.db"))


def test_the_role_of_the_services_has_no_special_rights(composed: Composed) -> None:
    address = composed.settings("scheduler")["REGULARS_OPERATIONS_URL"].replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        rights = "select rolsuper or rolcreatedb or rolcreaterole from pg_roles where rolname = current_user"
        assert connection.execute(rights).fetchone() == (False,)


def test_the_commands_for_people_answer_inside(composed: Composed, after_the_kill: dict[str, int]) -> None:
    for arguments in (("status",), ("doctor",), ("sql", "-c", "select count(*) from dim_customer")):
        answer = composed.command("scheduler", *arguments)
        assert answer.returncode == 0, answer.stdout + answer.stderr


def test_preparing_again_changes_nothing(composed: Composed, after_the_kill: dict[str, int]) -> None:
    again = composed.command("init", *compose()["services"]["init"]["command"])
    assert (again.returncode, again.stdout) == (0, "Airflow is prepared.\n"), again.stderr
    assert composed._has_logged_in()


def test_preparing_makes_a_database_that_was_lost(composed: Composed, after_the_kill: dict[str, int]) -> None:
    address, command = composed.postgres.new_database(), compose()["services"]["init"]["command"]
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        for _ in range(2):
            done = composed.command("init", *command, AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=address)
            assert done.returncode == 0, done.stderr
            pools = connection.execute("select pool, slots from slot_pool where pool <> 'default_pool'").fetchall()
            assert pools == [(WRITER_POOL, 1)]
            connection.execute("drop schema public cascade")
            connection.execute("create schema public")


def test_secrets_are_for_the_owner_alone_and_in_no_log(composed: Composed, after_the_kill: dict[str, int]) -> None:
    passwords = composed.home / "airflow" / "simple_auth_manager_passwords.json.generated"
    assert passwords.stat().st_mode & 0o077 == 0
    secret = [value for name, value in composed.secrets.items() if name.endswith(("PASSWORD", "KEY", "SECRET"))]
    logs = [composed.console, *(composed.home / "airflow" / "logs").rglob("*.log")]
    told = " ".join(path.read_text(errors="replace") for path in logs)
    assert len(secret) == 6
    assert not [one for one in secret if one in told]


def test_what_the_backup_names_is_enough_to_come_to_the_same_publication(
    composed: Composed, after_the_kill: dict[str, int], tmp_path: Path
) -> None:
    """The ledger's dump, three folders and the world's name; Airflow starts from nothing."""
    kept, postgres = ("landed", "personal", "models"), composed.postgres
    where = (f"--host={postgres.folder}", f"--port={postgres.port}", "--username=postgres")
    dump, restored = str(postgres.folder / "operations.sql"), postgres.new_database()
    for done in (
        postgres.run("pg_dump", *where, f"--file={dump}", "operations"),
        postgres.run("psql", *where, "--set=ON_ERROR_STOP=1", f"--file={dump}", restored.rpartition("/")[2]),
    ):
        assert done.returncode == 0, done.stderr
    for name in kept:
        shutil.copytree(composed.home / name, tmp_path / name)
    shutil.copy(composed.home / "world", tmp_path / "world")
    night = composed.command(
        "scheduler",
        "run",
        REGULARS_HOME=str(tmp_path),
        REGULARS_OPERATIONS_URL=restored,
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{tmp_path / 'airflow.db'}",
    )
    assert night.returncode == 0, night.stderr
    assert (tmp_path / "published").resolve().name == (composed.home / "published").resolve().name


def _files(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []
