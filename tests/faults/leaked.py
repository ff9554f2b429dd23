"""F330: a feature that knows what came after the cut-off, planted in a copy of the project, fails the build."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.bench import Bench
from tests.faults.mutants import Mutant, plant
from tests.faults.registry import fault


def _assert_turns_red(bench: Bench, path: str, old: str, new: str, claim: str) -> None:
    """``claim``, a test by its id, holds in a copy of the project and fails in one where ``old`` became ``new``."""
    bench.start_from("golden")
    sound = Mutant("nothing is planted", path, old, old, ())
    leaking = Mutant("it knows the future", path, old, new, ())
    for planted, is_red in ((sound, False), (leaking, True)):
        project = plant(planted, bench.folder / ("leaking" if is_red else "sound"))
        run = _claimed(project, claim)
        failed = f"FAILED {claim}" in run.stdout
        assert (run.returncode == 1 and failed) if is_red else run.returncode == 0, run.stdout[-2000:]


def _claimed(project: Path, claim: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-rf", claim],
        cwd=project,
        env={**os.environ, "PYTHONPATH": f"{project / 'src'}:{project}", "REGULARS_PROJECT": str(project)},
        check=False,
        capture_output=True,
        text=True,
    )


@fault("F330", promise=["P7"])
def a_feature_reads_what_was_delivered_after_the_cut_off(bench: Bench) -> None:
    """label leakage planted in the features of customers: the test of truncation fails"""
    _assert_turns_red(
        bench,
        "dbt_project/models/intermediate/customers/int_customers__orders_by_origin.sql",
        "        and origin.known_by >= version.known_from\n"
        "        and (version.known_until is null or origin.known_by < version.known_until)\n",
        "        and version.known_until is null\n",
        "tests/known_answer/test_truncation.py::"
        "test_a_training_row_does_not_change_when_all_that_was_delivered_later_is_deleted",
    )


@fault("F330b", promise=["P7"])
def a_feature_of_the_forecast_reads_past_its_origin(bench: Bench) -> None:
    """label leakage planted in the forecast from a log: what is written changes with later rows, and the test fails"""
    _assert_turns_red(
        bench,
        "ml/forecast/features.sql",
        "    history.history_days,\n",
        "    history.history_days,\n"
        "    (select count(*) from purchase as p where p.customer = bought.customer) as orders_ever,\n",
        "tests/ml/forecast/test_backtest.py::test_nothing_that_came_later_changes_a_byte",
    )
