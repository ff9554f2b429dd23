"""F1: the K-th call to the disk fails. Nothing is torn, it is told in words, and without the error it heals."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from functools import partial

from regulars import ledger
from tests.faults import shop
from tests.faults.bench import NIGHT, Bench, assert_ended_well, land_and_judge
from tests.faults.killed import publish_again
from tests.faults.process import KILLED, Process, Run, command_line
from tests.faults.registry import fault
from tests.faults.traced import finish

SYNC = "fsync,fdatasync"
ABORTED = -signal.SIGABRT
PROMISES = ("P2", "P4", "P7", "P9")


def failing(bench: Bench, start: Callable[[], Process], calls: str, growth: int = 1) -> Iterator[Run]:
    """Runs in which the K-th of ``calls`` gives an I/O error; the last one, which made fewer, is clean and not given.

    K grows by one, or ``growth`` times. Where DuckDB takes the error for a bug of its own, it ends the process at once:
    that is a kill, of which nobody can tell in words.
    """
    at = 1
    while True:
        record = bench.folder / f"{calls}_{at}.strace"
        run = finish(start(), record, "-e", f"trace={calls}", "-e", f"inject={calls}:error=EIO:when={at}")
        if "(INJECTED)" not in record.read_text():
            assert_ended_well(run)
            return
        record.unlink()
        assert run.exit_code in (0, 1, 3, ABORTED), f"{calls} {at}: exit {run.exit_code}: {run.told[-400:]}"
        assert "Traceback" not in run.told, f"{calls} {at}: {run.told[-400:]}"
        assert run.exit_code in (0, ABORTED) or "Next:" in run.told, f"{calls} {at}: {run.told[-400:]}"
        assert bench.home.in_front in bench.golden.values(), f"{calls} {at}: in front: {bench.home.in_front}"
        yield run
        at = at * growth if growth > 1 else at + 1


@fault("F127", promise=PROMISES, quick=True, needs=["strace"])
def swap_fails(bench: Bench) -> None:
    """each rename and each fsync of a swap gives an I/O error in turn: the old or the new in front, then the new"""
    bench.start_from("late")
    for calls, state in (("rename", "golden"), (SYNC, "late")):
        swap = partial(bench.pause, command_line, "rollback", bench.golden[state])
        for _ in failing(bench, swap, calls):
            pass
        bench.assert_is(state)


@fault("F127b", promise=("P1", *PROMISES), needs=["strace"])
def landing_fails(bench: Bench) -> None:
    """landing gets an I/O error at its first, second, fourth … rename, fsync, write and open: it is landed"""
    bench.start_from("golden")
    names = []
    for number, calls in enumerate(("rename", SYNC, "pwrite64", "openat")):
        names.append(f"basket_line_{NIGHT}_io{number}.csv.gz")
        lines = [shop.line(5, 870_000 + number, 7, shop.late_lines_at(), "1.00")]
        shop.drop(bench.inbox, f"transactions/{names[-1]}", shop.basket_lines(lines))
        for _ in failing(bench, partial(bench.pause, land_and_judge, "transactions"), calls, growth=2):
            pass
    assert [bench.became(name)["status"] for name in names] == ["accepted"] * len(names)
    assert sum(row["accepted_rows"] for row in map(bench.became, names)) == len(names)
    assert not bench.rows(ledger.lease)


@fault("F127c", promise=PROMISES, needs=["strace"], failpoints=["build.after_lay_out"])
def build_fails(bench: Bench) -> None:
    """a night gets an I/O error at its first, 100th, 10,000th … write: held, or whole all the same; then it heals"""
    bench.start_with_late_lines()

    def start() -> Process:
        held = bench.start("run", failpoint="build.after_lay_out:stop")
        held.await_stop()
        return held

    for run in failing(bench, start, "pwrite64", growth=100):
        assert bench.home.in_front == bench.golden["golden" if run.exit_code else "late"]
        if not run.exit_code:
            # DuckDB does without some of its writes: what is in front must be whole, then.
            break
    bench.assert_is("late")
    bench.assert_whole()


def publishing_fails(number: str, calls: str, growth: int) -> None:
    """Register: the task that publishes, with an I/O error at one of ``calls`` after another."""

    def attempt(bench: Bench) -> None:
        bench.start_with_late_lines()
        assert bench.regulars("run", failpoint="publish.before_place:kill").exit_code == KILLED
        for _ in failing(bench, partial(bench.pause, publish_again), calls, growth):
            pass
        bench.assert_is("late")

    attempt.__doc__ = f"publishing gets an I/O error at one {calls.split(',')[0]} after another: the old or the new"
    fault(number, promise=PROMISES, needs=["strace"])(attempt)


publishing_fails("F127d", SYNC, 2)
publishing_fails("F127e", "rename", 1)
publishing_fails("F127f", "pwrite64", 3)
