"""Fixtures of the learning room: a small conf, a small candidate, and a process that may be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ml.models.spec import ModelSpec, load_spec
from regulars import config

from .synthetic import Place, build_candidate, write_conf


@pytest.fixture(autouse=True)
def small_conf(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A conf whose models are small. The schema is the shipped one."""
    folder = tmp_path_factory.mktemp("conf")
    write_conf(folder / "models")
    monkeypatch.setattr(config, "CONF", folder)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(build_candidate(tmp_path / "candidate"), tmp_path / "models")


@pytest.fixture
def place_of(tmp_path: Path) -> Callable[..., Place]:
    """Makes a place whose candidate differs: other customers, or a planted fault in SQL."""

    def make(**difference: object) -> Place:
        return Place(build_candidate(tmp_path / "other", **difference), tmp_path / "other-models")  # type: ignore[arg-type]

    return make


@pytest.fixture
def churn() -> ModelSpec:
    return load_spec("churn")


@pytest.fixture
def ltv() -> ModelSpec:
    return load_spec("ltv")


@pytest.fixture
def run_child(small_conf: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a script in a process of its own, which a failpoint may end."""

    def run(script: str, *arguments: object, failpoint: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "REGULARS_CONF": str(small_conf), "REGULARS_FAILPOINT": failpoint}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        command = [sys.executable, "-c", script, *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run
