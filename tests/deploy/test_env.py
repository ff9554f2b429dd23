"""`make env` writes every secret, once."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

from cryptography.fernet import Fernet

from regulars import config
from tests.deploy.composed import VARIABLE, variables

SECRETS = ("PASSWORD", "KEY", "SECRET")


def make_env(folder: Path, **settings: str) -> dict[str, str]:
    """Run the script in ``folder``; gives what the file says then."""
    command = ["sh", str(config.PROJECT / "scripts" / "env.sh")]
    subprocess.run(command, cwd=folder, env={**os.environ, **settings}, capture_output=True, check=True)
    return variables(folder / ".env")


def test_what_compose_asks_for_is_what_the_script_writes(tmp_path: Path) -> None:
    asked = set(VARIABLE.findall((config.PROJECT / "docker-compose.yml").read_text()))
    assert set(make_env(tmp_path)) == asked


def test_every_secret_is_long_its_own_and_new_on_each_machine(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    secrets = [value for one in (here, there) for name, value in make_env(one).items() if name.endswith(SECRETS)]
    assert len(secrets) == len(set(secrets)) == 12
    assert min(map(len, secrets)) >= 43


def test_the_key_is_one_that_airflow_takes(tmp_path: Path) -> None:
    key = Fernet(make_env(tmp_path)["AIRFLOW_FERNET_KEY"])
    assert key.decrypt(key.encrypt(b"a connection")) == b"a connection"


def test_a_second_run_keeps_what_is_there_and_adds_what_is_missing(tmp_path: Path) -> None:
    first = make_env(tmp_path, REGULARS_WORLD="cdnow")
    kept = {name: value for name, value in first.items() if name != "AIRFLOW_JWT_SECRET"}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in kept.items()))
    second = make_env(tmp_path, REGULARS_WORLD="complete_journey")
    assert {name: second[name] for name in kept} == kept
    assert set(second) == set(first) and second["AIRFLOW_JWT_SECRET"] != first["AIRFLOW_JWT_SECRET"]


def test_nobody_but_the_owner_may_read_it(tmp_path: Path) -> None:
    make_env(tmp_path)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
