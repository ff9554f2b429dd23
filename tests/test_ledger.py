"""One run holds the night; a lease is taken over from the dead only."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from regulars import clock, ledger
from regulars.errors import DataHeld, RegularsError


@pytest.fixture
def store(operations_url: str, monkeypatch: pytest.MonkeyPatch) -> ledger.Ledger:
    monkeypatch.delenv("REGULARS_RUN_PID", raising=False)
    return ledger.Ledger(operations_url)


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


def test_a_run_at_work_keeps_its_lease_by_renewing_it(store: ledger.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    store.take_lease("night", "a", "")
    began = clock.utc_now()
    for minutes in (50, 100, 150):
        monkeypatch.setattr(clock, "utc_now", lambda minutes=minutes: began + timedelta(minutes=minutes))
        store.renew_leases("a")
        store.renew_leases("b")
        with pytest.raises(RegularsError, match="Run 'a' is at work"):
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


def started_together(program: str, url: str, count: int = 6) -> list[str]:
    """What each of ``count`` processes running ``program`` said, sorted; its arguments are the address and a number."""
    started = [
        subprocess.Popen([sys.executable, "-c", program, url, str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(count)
    ]
    return sorted(process.communicate()[0].strip() for process in started)


def test_of_many_runs_that_start_together_one_gets_the_lease(operations_url: str) -> None:
    """Also on a store that is not there yet: they make it together."""
    program = (
        "import sys; from regulars.ledger import Ledger\n"
        "try: Ledger(sys.argv[1]).take_lease('night', sys.argv[2], ''); print('got it')\n"
        "except Exception as error: print(type(error).__name__)"
    )
    assert started_together(program, operations_url) == ["LeaseHeld"] * 5 + ["got it"]


def test_what_a_transaction_reads_is_still_so_when_it_writes(operations_url: str) -> None:
    """Read, then write: each process adds one to what it read, and none is lost."""
    ledger.Ledger(operations_url)
    program = (
        "import sys, sqlalchemy as sa; from regulars import clock; from regulars.ledger import Ledger, failure\n"
        "store = Ledger(sys.argv[1])\n"
        "for _ in range(20):\n"
        "    with store.transaction() as connection:\n"
        "        code = connection.execute(sa.select(failure.c.exit_code)).scalar() or 0\n"
        "        row = dict(run_id='r', place='p', exit_code=code + 1, message='', failed_at=clock.utc_now())\n"
        "        store.upsert(connection, failure, [row])"
    )
    started_together(program, operations_url)
    (row,) = ledger.Ledger(operations_url).rows(ledger.failure.select())
    assert row["exit_code"] == 6 * 20


def test_an_instant_comes_back_as_it_was_put_in(store: ledger.Ledger) -> None:
    instant = datetime(2017, 3, 26, 2, 30, 0, 123457)
    row = {"run_id": "r", "place": "p", "exit_code": 1, "message": "é ☃", "failed_at": instant}
    with store.transaction() as connection:
        store.upsert(connection, ledger.failure, [row])
    assert store.rows(ledger.failure.select()) == [row]


def test_a_message_that_quotes_a_zero_byte_is_kept(store: ledger.Ledger) -> None:
    store.record_failure("r", "land", DataHeld("Unknown column 'a\0b'"), ends_run=False)
    assert store.rows(ledger.failure.select())[0]["message"] == "Unknown column 'a\ufffdb'"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql+psycopg://regulars:s3cret@127.0.0.1:1/operations", "Connection refused"),
        ("postgresql+pg8000://regulars:s3cret@127.0.0.1:1/operations", "pg8000"),
        ("mysql://regulars:s3cret@127.0.0.1:1/operations", "only sqlite and postgresql"),
        ("s3cret@here", "Could not parse"),
    ],
)
def test_a_store_that_does_not_open_is_told_in_words_and_without_its_password(url: str, reason: str) -> None:
    with pytest.raises(RegularsError, match=reason) as told:
        ledger.Ledger(url)
    assert "REGULARS_OPERATIONS_URL" in str(told.value)
    assert "s3cret" not in str(told.value)
