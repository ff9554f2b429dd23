"""The states faults start from, made once: an inbox, the home after its first run, and after a late delivery."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from pathlib import Path

from tests.faults import shop
from tests.faults.bench import Bench, assert_ended_well

IDENTIFIER_KEY = "a key for tests only"


def settle_environment(folder: Path) -> None:
    """Point this process, and all it starts, at the tiny shop and its conf in ``folder``."""
    os.environ |= {
        "REGULARS_CONF": str(folder / "conf"),
        "REGULARS_WORLD": shop.NAME,
        "REGULARS_IDENTIFIER_KEY": IDENTIFIER_KEY,
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def make_states(folder: Path) -> dict[str, str]:
    """Make the states in ``folder`` unless they are there; gives the publication of each. Safe to call in parallel."""
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "golden.json"
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder)
            golden = _make(folder)
            done.write_text(json.dumps(golden))
    return json.loads(done.read_text())


def _make(folder: Path) -> dict[str, str]:
    shop.fill(folder / "empty" / "inbox")
    bench = Bench(folder / "making", folder, {}, through_airflow=True)
    bench.folder.mkdir()
    bench.start_from("empty")
    assert_ended_well(bench.regulars("run"))
    golden = {"golden": bench.home.in_front}
    shutil.copytree(bench.home.root, folder / "golden", symlinks=True)
    bench.start_with_late_lines()
    bench.through_airflow = False
    assert_ended_well(bench.regulars("run"))
    golden["late"] = bench.home.in_front
    shutil.copytree(bench.home.root, folder / "late", symlinks=True)
    return golden
