"""Runs one layer of the dbt project on a candidate, in this process."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from regulars import config, warehouse
from regulars.build.base import starts_from_publication
from regulars.errors import RegularsError
from regulars.failpoint import failpoint
from regulars.logs import logger

LAYERS = {
    "stage": "tag:stage",
    "profile": "tag:profile",
    "segment": "tag:segment",
    "training": "tag:features tag:training",
    "moments": "tag:moments",
}
"""What each layer selects; the tags stand in dbt_project.yml."""

FOLDER = "REGULARS_CANDIDATE"
"""Names, in the environment, the folder of the candidate that dbt builds (`regulars.build.attached`)."""

_READ_ONCE = config.PROJECT / "dbt_project" / "target"

_NO_TESTS = ("--resource-type", "model", "--resource-type", "seed")


def build_layer(folder: Path, layer: str) -> dict[str, int]:
    """Build every model and seed of ``layer`` in the candidate ``folder``; gives how many were built.

    In a candidate that starts from a publication, `incremental` models take anew what was touched since; all others are
    built whole. Either way a killed layer is simply built again (`dbt retry` is never used: it calls half-built marts
    done). Raises RegularsError with dbt's own words when a model or a contract fails.
    """
    os.environ[FOLDER] = str(folder.resolve())
    whole = [] if starts_from_publication(folder) else ["--full-refresh"]
    models = _run(["build", *_NO_TESTS, *whole, "--select", *LAYERS[layer].split()])
    failpoint(f"build.after_{layer}")
    logger("build").info("built layer %s: %d models", layer, models)
    return {"models": models}


def run_unit_tests(folder: Path) -> dict[str, int]:
    """Run every dbt unit test; gives how many passed. ``folder`` is a candidate whose layers are built: dbt takes the
    types of the inputs from it. Raises RegularsError with what the first failing test expected and got.
    """
    os.environ[FOLDER] = str(folder.resolve())
    return {"unit_tests": _run(["test", "--select", "test_type:unit"])}


def parse() -> None:
    """Let dbt read the project, so that contracts can be asked for before the first night."""
    _run(["parse"])


def parse_for_every_home() -> None:
    """Let dbt read the project once, where every home that was never built in takes it from (`take_reading`)."""
    _run(["parse"], _READ_ONCE)


def take_reading() -> bool:
    """Give this home what dbt has read of the project: its own, or a copy of what `parse_for_every_home` left, unless a
    file of the project is newer. False: there is neither, and dbt will read all of it.
    """
    mine = _target()
    if (mine / "manifest.json").exists():
        return True
    if not _is_of_today(_READ_ONCE / "manifest.json"):
        return False
    mine.mkdir(parents=True, exist_ok=True)
    # The manifest last, since who finds it takes the home as one that dbt knows.
    for name in ("partial_parse.msgpack", "manifest.json"):
        part = mine / f".{name}.{os.getpid()}"
        shutil.copyfile(_READ_ONCE / name, part)
        os.replace(part, mine / name)
    return True


def _is_of_today(manifest: Path) -> bool:
    """Whether ``manifest`` was written after all that stands in the project, folders with what they hold included."""
    if not manifest.exists():
        return False
    sources = [path for path in config.PROJECT.glob("dbt_project/**/*") if _READ_ONCE not in (path, *path.parents)]
    return max(path.stat().st_mtime for path in sources) < manifest.stat().st_mtime


def _target() -> Path:
    return config.home().root / "dbt"


def _run(command: list[str], target: Path | None = None) -> int:
    if target is None:
        take_reading()
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    project, target = config.PROJECT / "dbt_project", target or _target()
    options = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target)]
    quiet = ["--log-path", str(target), "--log-level", "none", "--log-level-file", "info"]
    if _is_of_today(target / "manifest.json"):
        # Written twice in every layer it takes as long as ten models, and it would say what it says already.
        quiet.append("--no-write-json")
    try:
        outcome = dbtRunner(callbacks=[_watch]).invoke([*quiet, *command, *options])
    finally:
        # dbt keeps the file and its write-ahead log open after it returns.
        DuckDBConnectionManager.close_all_connections()
    results = list(getattr(outcome.result, "results", None) or [])
    failures = [result for result in results if str(result.status) in {"error", "fail"}]
    if not outcome.success:
        told = f"{failures[0].node.name}: {failures[0].message}" if failures else str(outcome.exception)
        raise RegularsError(f"dbt did not finish: {told}", where=str(project), next_step=f"see {target / 'dbt.log'}")
    return len(results)


def _watch(event: Any) -> None:
    if event.info.name == "LogModelResult":
        failpoint("build.mid_layer", event.data.node_info.node_name)


def require_clean(folder: Path) -> None:
    """Refuse a candidate whose database still has a write-ahead log: part of it would be missing in a copy."""
    database = folder / "regulars.duckdb"
    if warehouse.wal_of(database).exists():
        raise RegularsError(
            "The candidate is still being written", where=str(database), next_step="run the night again"
        )
