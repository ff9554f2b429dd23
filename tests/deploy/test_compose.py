"""What docker-compose.yml and the Dockerfile promise, read from the files: no Docker engine is needed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

import regulars
from regulars import airflow_home, config
from regulars.config import Home
from tests.deploy.composed import VARIABLE, compose
from tests.deploy.image import comes_along, context, instructions

SERVICES: dict[str, dict[str, Any]] = compose()["services"]
STEPS = instructions(config.PROJECT / "Dockerfile")
PINNED = re.compile(r"[\w./-]+:\d+\.\d+(\.\d+)?(-[\w-]+)?")
every_service = pytest.mark.parametrize("name", SERVICES)


@every_service
def test_no_service_runs_as_root_or_may_become_it(name: str) -> None:
    assert SERVICES[name]["user"] not in ("root", "0", 0)
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in SERVICES[name]["security_opt"]


@every_service
def test_every_image_is_pinned_by_its_version(name: str) -> None:
    assert PINNED.fullmatch(SERVICES[name]["image"])


@every_service
def test_every_service_has_a_health_check_or_ends_by_itself(name: str) -> None:
    assert ("healthcheck" in SERVICES[name]) != (SERVICES[name]["restart"] == "no")


@every_service
def test_every_service_has_a_memory_limit(name: str) -> None:
    assert re.fullmatch(r"\d+[mg]", SERVICES[name]["mem_limit"])


@every_service
def test_nothing_is_published_beyond_loopback(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))
    assert "network_mode" not in SERVICES[name]


def test_our_image_has_the_version_of_the_package() -> None:
    ours = {service["image"] for service in SERVICES.values() if "build" in service}
    assert ours == {f"regulars:{regulars.__version__}"}


def test_every_part_of_airflow_is_a_service() -> None:
    ours = [service["command"] for service in SERVICES.values() if "build" in service]
    assert ours == [["airflow", "--component", component] for component in airflow_home.COMPONENTS]


def test_no_variable_has_a_default_and_no_secret_stands_in_the_file() -> None:
    text = (config.PROJECT / "docker-compose.yml").read_text()
    assert "${" not in VARIABLE.sub("", text)
    named = [line for line in text.splitlines() if re.search(r"(PASSWORD|SECRET|_KEY)\w*: ", line)]
    assert named and all(VARIABLE.search(line) for line in named)


def test_the_file_repeats_no_setting_that_is_made_for_one_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", made := {})
    airflow_home.prepare(Home(tmp_path))
    told = SERVICES["scheduler"]["environment"]
    assert made and {name for name, value in told.items() if made.get(name) == value} == set()


def test_volumes_are_those_declared_and_data_lies_in_them() -> None:
    named = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service["volumes"]
        if not volume.startswith("./")
    }
    assert named == set(compose()["volumes"])
    homes = {volume.split(":")[1] for volume in SERVICES["scheduler"]["volumes"]}
    assert homes == {re.search(r"REGULARS_HOME=(\S+)", " ".join(rest for _, rest in STEPS))[1]}


def test_the_script_of_the_databases_is_run_and_not_read_into_the_shell_of_the_image() -> None:
    (mounted,) = [volume.split(":")[0] for volume in SERVICES["postgres"]["volumes"] if volume.startswith("./")]
    assert os.access(config.PROJECT / mounted, os.X_OK)


def test_the_image_is_pinned_ends_without_rights_and_installs_by_hash() -> None:
    words = dict(STEPS)
    assert PINNED.fullmatch(words["FROM"])
    assert words["USER"] == "regulars" == SERVICES["scheduler"]["user"]
    assert STEPS.index(("USER", "regulars")) > max(i for i, (word, _) in enumerate(STEPS) if word == "RUN")
    installs = [rest for word, rest in STEPS if word == "RUN" and "pip install" in rest]
    assert [("--require-hashes" in one or "--no-index" in one) and "--no-deps" in one for one in installs] == [True] * 2


def test_secrets_data_and_history_stay_out_of_the_image() -> None:
    rules = (config.PROJECT / ".dockerignore").read_text().splitlines()
    kept_out = (".env", ".env.part", "var/landed/raw/crm/x", ".git/config", "tests/conftest.py", ".venv/bin/python")
    for name in (
        *kept_out,
        "src/regulars/__pycache__/cli.pyc",
        "dbt_project/target/manifest.json",
        "src/regulars/report/made/x.js",
    ):
        assert not comes_along(name, rules), name


def test_every_file_of_the_rooms_comes_along() -> None:
    sent = set(context(config.PROJECT))
    for room in ("conf", "dags", "dbt_project", "expectations", "ml", "src"):
        there = {str(path.relative_to(config.PROJECT)) for path in (config.PROJECT / room).rglob("*.*")}
        wanted = {name for name in there if name.endswith((".py", ".yml", ".sql", ".json", ".html", ".css", ".js"))}
        assert {name for name in wanted - sent if "/target/" not in name and "/made/" not in name} == set()
    assert {"requirements.lock", "docs/queries.yml"} <= sent
