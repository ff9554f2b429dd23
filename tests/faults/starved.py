"""F1: too little memory, disk or handles. The run ends in words, readers keep what they had, and it heals."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from regulars import ledger, warehouse
from tests.faults.bench import Bench, assert_ended_well, land_and_judge
from tests.faults.process import Run, command_line, limited
from tests.faults.registry import fault

MIB = 1024**2
KIB = 1024
LOOKUPS = 100
ON_A_SMALL_DISK = (16 * KIB, 400 * KIB, 6 * MIB, 12 * MIB)
"""Room that is left: too little for the ledger, for the candidate, for its marts, for what is published."""


def assert_gave_up(bench: Bench, run: Run, *words: str) -> None:
    """It ended with an exit code, one of ``words`` and what to do next; what was in front still is, and can be read."""
    assert run.exit_code in (1, 3), f"exit {run.exit_code}: {run.told[-600:]}"
    assert any(word in run.told for word in words), f"none of {words} is in: {run.told[-600:]}"
    assert "Traceback" not in run.told, run.told[-600:]
    assert "Next:" in run.told, run.told[-600:]
    assert bench.home.in_front == bench.golden["golden"]
    assert bench.ask("select count(*) > 0 from fct_order") == [(True,)]


@fault("F126", promise=["P2", "P4", "P7"])
def no_memory(bench: Bench) -> None:
    """the kernel gives no more memory in the middle of a night: held, told where there are words left, then healed"""
    bench.start_with_late_lines()
    runs = [bench.start_apart(_with_more_memory, most * MIB, "run").wait() for most in (100, 175, 250, 375, 500)]
    assert bench.home.in_front == bench.golden["golden"]
    # Native code that gets no memory for a thread ends the process at once.
    in_words = [run for run in runs if run.exit_code == 1]
    assert in_words, [run.told[-200:] for run in runs]
    for run in runs:
        assert run.exit_code != 0
        assert run not in in_words or "memory" in run.told.lower(), run.told[-400:]
    assert_ended_well(bench.regulars("run"))
    bench.assert_is("late")


def _with_more_memory(most: int, *arguments: str) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limited({resource.RLIMIT_AS: pages * resource.getpagesize() + most}, command_line, *arguments)


@fault("F126b", promise=["P3"])
def little_memory(bench: Bench) -> None:
    """DuckDB may have 128 MB and spills the rest to disk: the same content"""
    # With 80 MB the profiles of columns fail, which are counted all at once.
    bench.start_with_late_lines()
    assert_ended_well(bench.regulars("run", REGULARS_MEMORY_LIMIT="128MB"))
    bench.assert_is("late")


@fault("F128", promise=["P2", "P4", "P7"], quick=True)
def landing_on_a_full_disk(bench: Bench) -> None:
    """no file may grow beyond 4 KiB while rows are landed: told, nothing claimed by halves, then landed"""
    bench.start_with_late_lines()
    before = bench.rows(ledger.content)
    limits = {resource.RLIMIT_FSIZE: 4 * KIB}
    assert_gave_up(bench, bench.start_apart(limited, limits, land_and_judge, "transactions").wait(), "large", "disk")
    assert bench.rows(ledger.content) == before
    assert_ended_well(bench.land())
    assert len(bench.rows(ledger.content)) == len(before) + 1


@fault("F128b", promise=["P2", "P4", "P7", "P9"], needs=["mount"])
def full_disk(bench: Bench) -> None:
    """the disk is full while rows land, while marts are built, at publication: held each time, heals with space"""
    with _on_a_disk_of_its_own(bench):
        for room in ON_A_SMALL_DISK:
            with _filled_up_to(bench.home.root, room):
                run = bench.regulars("run")
                if run.exit_code == 0:
                    break
                assert_gave_up(bench, run, "No space left", "full", "disk")
        assert room > ON_A_SMALL_DISK[0], "the smallest disk was large enough"
        assert_ended_well(bench.regulars("run"))
        bench.assert_is("late")


@contextmanager
def _on_a_disk_of_its_own(bench: Bench) -> Iterator[None]:
    """The home with late lines in its inbox, on a file system of its own; at the end it is copied from there."""
    disk, back, link = bench.folder / "disk", bench.folder / "back", bench.folder / "link"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", disk], check=True)
    try:
        bench.start_with_late_lines(disk)
        yield
        shutil.copytree(bench.home.root, back, symlinks=True)
        link.symlink_to(back)
        link.replace(bench.home.root)
    finally:
        # A reader may still be looking.
        subprocess.run(["umount", "--lazy", disk], check=True)


@contextmanager
def _filled_up_to(folder: Path, room: int) -> Iterator[None]:
    ballast = folder.resolve().parent / "ballast"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(free - room, 1))
    try:
        yield
    finally:
        ballast.unlink()


@fault("F130", promise=["P2", "P4", "P7"])
def few_handles(bench: Bench) -> None:
    """a night with 64 open files at most: it is published, or held with that reason and heals"""
    bench.start_with_late_lines()
    run = bench.start_apart(limited, {resource.RLIMIT_NOFILE: 64}, command_line, "run").wait()
    if run.exit_code:
        assert_gave_up(bench, run, "open files")
        assert_ended_well(bench.regulars("run"))
    bench.assert_is("late")


@fault("F130b", promise=["P9"])
def many_lookups(bench: Bench) -> None:
    """a hundred lookups in one process: not one handle more is open than after the first"""
    bench.start_from("golden")
    assert_ended_well(bench.apart(_look_up_often, bench.home.published_database))


def _look_up_often(database: Path) -> None:
    def look_up() -> int:
        with warehouse.published(database) as connection:
            connection.execute("select count(*) from dim_customer").fetchone()
        return len(list(Path("/proc/self/fd").iterdir()))

    first = look_up()
    last = [look_up() for _ in range(LOOKUPS)][-1]
    assert last <= first, f"{last} handles are open, {first} were after the first lookup"
