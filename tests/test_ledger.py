"""One run holds the night; a lease is taken over from the dead only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from regulars import ledger
from regulars.errors import DataHeld, RegularsError


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ledger.Ledger:
    monkeypatch.delenv("REGULARS_RUN_PID", raising=False)
    return ledger.Ledger(f"sqlite:///{tmp_path / 'operations.db'}")


def dead_pid() -> int:
    finished = subprocess.Popen([sys.executable, "-c", ""])
    finished.wait()
    return finished.pid


def test_the_same_run_takes_its_lease_again_and_keeps_its_base(store: ledger.Ledger) -> None:
    store.take_lease("night", "a", "base-1")
    assert store.take_lease("night", "a", "base-2")["base"] == "base-1"


def test_another_run_is_refused_while_the_first_is_alive(store: ledger.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_RUN_PID", str(os.getpid()))
    store.take_lease("night", "a", "")
    with pytest.raises(RegularsError, match="Run 'a' is at work"):
        store.take_lease("night", "b", "")


def test_a_lease_of_a_process_that_ended_is_taken_over(store: ledger.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_RUN_PID", str(dead_pid()))
    store.take_lease("night", "a", "")
    assert store.take_lease("night", "b", "")["run_id"] == "b"


def test_a_pid_used_again_by_another_program_does_not_keep_a_lease(
    store: ledger.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_RUN_PID", str(os.getpid()))
    store.take_lease("night", "a", "")
    with store.transaction() as connection:
        connection.execute(ledger.lease.update().values(pid_started="1"))
    assert store.take_lease("night", "b", "")["run_id"] == "b"


def test_a_run_without_a_known_process_keeps_its_lease_until_it_expires(store: ledger.Ledger) -> None:
    store.take_lease("night", "a", "")
    with pytest.raises(RegularsError, match="at work"):
        store.take_lease("night", "b", "")


def test_a_released_lease_is_free_and_nobody_releases_for_another(store: ledger.Ledger) -> None:
    store.take_lease("night", "a", "")
    store.release_lease("night", "b")
    with pytest.raises(RegularsError):
        store.take_lease("night", "b", "")
    store.release_lease("night", "a")
    assert store.take_lease("night", "b", "")["run_id"] == "b"


def test_what_a_run_was_told_is_kept_with_its_exit_code(store: ledger.Ledger) -> None:
    store.record_failure("r", "nightly · gate", DataHeld("No", next_step="look"), ends_run=False)
    (kept,) = store.rows(ledger.failure.select())
    assert (kept["exit_code"], kept["message"]) == (3, "No\n  Next: look")


def test_a_run_that_ended_in_failure_holds_no_lease(store: ledger.Ledger) -> None:
    store.take_lease("night", "a", "")
    store.record_failure("a", "nightly · stage", RegularsError("again"), ends_run=False)
    with pytest.raises(RegularsError):
        store.take_lease("night", "b", "")
    store.record_failure("a", "nightly · stage", RegularsError("no"), ends_run=True)
    assert store.take_lease("night", "b", "")["run_id"] == "b"


def test_of_many_runs_that_start_together_one_gets_the_lease(tmp_path: Path) -> None:
    program = (
        "import sys; from regulars.ledger import Ledger\n"
        "try: Ledger(sys.argv[1]).take_lease('night', sys.argv[2], ''); print('got it')\n"
        "except Exception as error: print(type(error).__name__)"
    )
    url = f"sqlite:///{tmp_path / 'operations.db'}"
    ledger.Ledger(url)
    started = [
        subprocess.Popen([sys.executable, "-c", program, url, str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(6)
    ]
    said = sorted(process.communicate()[0].strip() for process in started)
    assert said == ["RegularsError"] * 5 + ["got it"]
