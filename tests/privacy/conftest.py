"""A home with a candidate of decisions made by hand, and a process that may be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from regulars import warehouse
from regulars.config import Home

Said = tuple[str, str, str, datetime, datetime]
"""A decision on profiling or marketing: record_key, purpose, decision, effective_at, known_at."""


@pytest.fixture
def home(tmp_path: Path, operations_url: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path))
    monkeypatch.setenv("REGULARS_OPERATIONS_URL", operations_url)
    return Home(tmp_path)


@pytest.fixture
def candidate_of(tmp_path: Path) -> Callable[[Sequence[Said]], Path]:
    """Lays out a candidate whose model of decisions says just this, in place of the one before."""

    def lay_out(told: Sequence[Said]) -> Path:
        folder = tmp_path / "candidate"
        for name in ("regulars", "work"):
            warehouse.create(folder / f"{name}.duckdb")
        with warehouse.candidate(folder) as connection:
            connection.execute("create schema work.intermediate")
            connection.register("told", _table(told))
            connection.execute(
                "create table work.intermediate.int_consent__decisions as "
                "select 'crm' as source, *, 'records' as channel, "
                "'privacy-1' as policy_version, 'EU' as jurisdiction from told"
            )
        return folder

    return lay_out


def _table(told: Sequence[Said]) -> pa.Table:
    names = ("record_key", "purpose", "decision", "effective_at", "known_at")
    kinds = (pa.string(), pa.string(), pa.string(), pa.timestamp("us"), pa.timestamp("us"))
    columns: dict[str, Any] = {
        name: pa.array([row[place] for row in told], kind)
        for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
    }
    return pa.table(columns)


@pytest.fixture
def append_apart(home: Home) -> Callable[..., int]:
    """Appends the decisions of a candidate in a process of its own, which a failpoint may end; gives its exit code."""
    script = (
        "import sys; from pathlib import Path; from regulars import config; "
        "from regulars.privacy.consent_ledger import append_decisions; "
        "append_decisions(Path(sys.argv[1]), config.home())"
    )

    def run(folder: Path, failpoint: str) -> int:
        environment = {**os.environ, "REGULARS_FAILPOINT": failpoint}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        command = [sys.executable, "-c", script, str(folder)]
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode

    return run
