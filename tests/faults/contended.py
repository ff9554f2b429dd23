"""F1, second half: two runs at once, a lease nobody holds any more, a place that cannot be written, another clock."""

from __future__ import annotations

import multiprocessing
import os
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from regulars import clock, ledger
from regulars.errors import RegularsError
from regulars.ledger import NIGHT_LEASE
from tests.faults import shop
from tests.faults.bench import Bench, assert_ended_well
from tests.faults.process import KILLED
from tests.faults.registry import fault

CONTENDERS = 8


@fault("F115", promise=["P4"], quick=True, failpoints=["durable.before_replace"])
def export_killed(bench: Bench) -> None:
    """killed in the middle of an export: no file, or the whole file"""
    bench.start_from("golden")
    target = bench.folder / "families.csv"
    told = ("segment", "export", "families", "--out", str(target))
    run = bench.regulars(*told, failpoint="durable.before_replace:kill")
    assert run.exit_code == KILLED
    assert not target.exists()
    assert_ended_well(bench.regulars(*told))
    members = bench.ask("select count(*) from segment_membership where segment_id = 'families'")[0][0]
    assert len(target.read_text().splitlines()) == members + 1


@fault("F123", promise=["P2", "P4", "P7"], through_airflow=True)
def two_runs_together(bench: Bench) -> None:
    """a second run while one is at work: refused in words, and one publication comes of it"""
    bench.start_with_late_lines()
    first = bench.start("run", failpoint="build.after_lay_out:stop")
    first.await_stop()
    second = bench.regulars("run")
    assert second.exit_code == 1
    assert "is at work on the candidate" in second.told
    first.resume()
    assert_ended_well(first.wait())
    bench.assert_is("late")
    assert len(list(bench.home.publications.iterdir())) == 3


@fault("F123b", promise=["P7"], quick=True)
def many_take_the_lease(bench: Bench) -> None:
    """eight processes take the lease at the same instant: one has it"""
    bench.start_from("golden")
    won = bench.folder / "won"
    won.mkdir()
    run = bench.apart(_contend, bench.home.operations_url, str(won))
    assert run.exit_code == 0, run.told
    assert len(list(won.iterdir())) == 1, f"{len(list(won.iterdir()))} have the lease"


def _contend(url: str, won: str) -> None:
    context = multiprocessing.get_context("fork")
    line = context.Barrier(CONTENDERS)
    contenders = [context.Process(target=_take, args=(url, won, line, number)) for number in range(CONTENDERS)]
    for contender in contenders:
        contender.start()
    for contender in contenders:
        contender.join()


def _take(url: str, won: str, line: object, number: int) -> None:
    os.environ["REGULARS_RUN_PID"] = str(os.getpid())
    store = ledger.Ledger(url)
    line.wait()  # type: ignore[attr-defined]
    try:
        store.take_lease(NIGHT_LEASE, f"run {number}", "")
        (Path(won) / str(number)).touch()
    except RegularsError:
        pass
    # Whoever has it lives on until all have asked.
    line.wait()  # type: ignore[attr-defined]


@fault("F124", promise=["P4", "P7"], quick=True)
def lease_left_behind(bench: Bench) -> None:
    """a lease of a dead process is taken over, also when its number is in use again; a living owner's never is"""
    bench.start_from("golden")
    store = ledger.Ledger(bench.home.operations_url)
    (alive, started), (dead, _) = (os.getpid(), ledger.process_start(os.getpid())), (_a_dead_pid(), None)
    for pid, began, is_free in ((dead, "1", True), (alive, "1", True), (alive, started, False)):
        _leave_lease(store, pid, began)
        try:
            store.take_lease(NIGHT_LEASE, "the next run", "")
            assert is_free, "a living owner's lease was taken"
        except RegularsError as refused:
            assert not is_free, f"a dead owner's lease was kept: {refused}"
    store.release_lease(NIGHT_LEASE, "the run before")


def _a_dead_pid() -> int:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def _leave_lease(store: ledger.Ledger, pid: int, began: str | None) -> None:
    with store.transaction() as connection:
        connection.execute(sa.delete(ledger.lease))
        held = {"name": NIGHT_LEASE, "run_id": "the run before", "host": os.uname().nodename, "pid": pid, "base": ""}
        until = clock.utc_now() + timedelta(hours=1)
        connection.execute(sa.insert(ledger.lease), [{**held, "pid_started": began, "expires_at": until}])


@fault("F129", promise=["P7"])
def publications_cannot_be_written(bench: Bench) -> None:
    """a file in the place of publications/: denied before anything is built"""
    bench.start_from("empty")
    bench.home.publications.write_text("in the way")
    run = bench.regulars("run")
    assert run.exit_code == 1, run.told
    assert "publications" in run.told
    assert "Next:" in run.told
    assert not bench.home.candidate(shop.LAST_DAY).exists(), "it went to work all the same"
    bench.home.publications.unlink()


@fault("F317", promise=["P3"])
def other_time_zone(bench: Bench) -> None:
    """the machine stands in another time zone: the same content hash, from the first landing on"""
    bench.start_from("empty")
    bench.through_airflow = True
    assert_ended_well(bench.regulars("run", TZ="Asia/Kathmandu"))
    bench.assert_is("golden")
