"""The states faults start from, made once: an inbox, the home after its first run, and after a late delivery."""

from __future__ import annotations

import fcntl
import json
import shutil
from pathlib import Path

from tests.faults import shop
from tests.faults.bench import Bench, assert_ended_well
from tests.faults.process import start_server

IDENTIFIER_KEY = "a key for tests only"


def environment(folder: Path) -> dict[str, str]:
    """What points a process at the tiny shop and its conf in ``folder``."""
    return {
        "REGULARS_CONF": str(folder / "conf"),
        "REGULARS_WORLD": shop.NAME,
        "REGULARS_IDENTIFIER_KEY": IDENTIFIER_KEY,
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # Killed processes leave semaphores, of which the tracker that removes them would warn.
        "PYTHONWARNINGS": "ignore",
    }


def prepare(folder: Path, *, full: bool) -> Bench:
    """A bench that knows the states, which are made in ``folder`` unless they are there. Safe to call in parallel.

    ``full``: the first run goes through Airflow, so that its database and logs are searched for personal values too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "golden.json"
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "conf").exists():
            shop.lay_out_conf(folder / "conf")
        start_server(environment(folder))
        if not done.exists():
            done.write_text(json.dumps(_make(folder, full=full)))
    return Bench(folder / "bench", folder, json.loads(done.read_text()), environment(folder))


def _make(folder: Path, *, full: bool) -> dict[str, str]:
    shop.fill(folder / "empty" / "inbox")
    bench = Bench(folder / "making", folder, {}, environment(folder), through_airflow=full)
    bench.folder.mkdir()
    bench.start_from("empty")
    assert_ended_well(bench.regulars("run"))
    golden = {"golden": bench.home.in_front}
    bench.home.root.rename(folder / "golden")
    bench.start_with_late_lines()
    bench.through_airflow = False
    assert_ended_well(bench.regulars("run"))
    golden["late"] = bench.home.in_front
    bench.home.root.rename(folder / "late")
    shutil.rmtree(bench.folder)
    return golden
