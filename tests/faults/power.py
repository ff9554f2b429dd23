"""F1: the power goes. What was written and never made durable by fsync is lost, and the next run heals all the same.

The model is strict: a file written after its last fsync is empty afterwards, and a name made after the last fsync of
its directory is gone. That names taken away may come back is not modelled.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.bench import Bench, assert_ended_well
from tests.faults.process import KILLED, command_line
from tests.faults.registry import fault
from tests.faults.traced import finish

CALLS = (
    "openat,mkdir,mkdirat,symlink,symlinkat,link,write,writev,pwrite64,pwritev,ftruncate,fallocate,copy_file_range,"
    "sendfile,fsync,fdatasync,rename,renameat,renameat2"
)
_CALL = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$")
_OPENED = re.compile(r'"([^"]*)".*O_CREAT.* = \d')
_HANDLE = re.compile(r"(?:^|, )(?:\d+)<([^>]+)>")
_PATH = re.compile(r'"([^"]*)"')
_MAKES = ("mkdir", "mkdirat", "symlink", "symlinkat", "link")
_WRITES = ("write", "writev", "pwrite64", "pwritev", "ftruncate", "fallocate")
_COPIES = ("copy_file_range", "sendfile")
_REBUILT = ("dbt", "airflow", "candidates", "runs")
"""Folders of a home that hold nothing a run could not do without."""


@dataclass
class Durable:
    """What a record of calls says of the files below ``root``; the numbers are those of its lines."""

    root: str
    written: dict[str, int] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)
    synced: dict[str, int] = field(default_factory=dict)

    def read(self, record: Path) -> Durable:
        """Follow the calls of ``record``."""
        for number, (call, told) in enumerate(_calls(record)):
            if self.root in told and not re.search(r" = -1 E", told):
                self._follow(number, call, told)
        return self

    def _follow(self, number: int, call: str, told: str) -> None:
        if call == "openat":
            if opened := _OPENED.search(told):
                self.named.setdefault(opened[1], number)
        elif call.startswith("rename"):
            old, new = _PATH.findall(told)[:2]
            for known in (self.written, self.named, self.synced):
                for path in [path for path in known if path == old or path.startswith(f"{old}/")]:
                    known[new + path.removeprefix(old)] = known.pop(path)
            self.named[new] = number
        elif call in _MAKES:
            self.named[_PATH.findall(told)[-1]] = number
        elif handles := _HANDLE.findall(told):
            if call in _WRITES:
                self.written[handles[0]] = number
            elif call in _COPIES:
                self.written[handles[0 if call == "sendfile" else -1]] = number
            else:
                self.synced[handles[0]] = number

    def lost_content(self) -> list[str]:
        """Files written after their last fsync."""
        return [path for path, number in self.written.items() if number > self.synced.get(path, -1)]

    def lost_names(self) -> list[str]:
        """Names made after the last fsync of what they stand in."""
        return [path for path, at in self.named.items() if at > self.synced.get(str(Path(path).parent), -1)]


def _calls(record: Path) -> Iterator[tuple[str, str]]:
    """Each call with its arguments and outcome, where it ended; a call in two parts is put together."""
    begun: dict[str, str] = {}
    for line in record.read_text(errors="replace").splitlines():
        found = _CALL.match(line)
        if not found:
            continue
        thread, resumed, call, told = found.groups()
        if told.endswith("<unfinished ...>"):
            begun[thread] = told.removesuffix("<unfinished ...>")
        else:
            yield resumed or call, begun.pop(thread, "") + told if resumed else told


def go_dark(bench: Bench, record: Path) -> list[str]:
    """Take from the home what a power cut at the end of ``record`` takes; gives what of it no run would rebuild."""
    durable = Durable(str(bench.home.root)).read(record)
    empty, gone = map(set, (durable.lost_content(), durable.lost_names()))
    lost = []
    for path in sorted(map(Path, empty | gone)):
        if not path.is_symlink() and not path.exists():
            continue
        inside = path.relative_to(bench.home.root)
        if (
            inside.parts[0] not in _REBUILT
            and not path.name.startswith(".")
            and not path.name.endswith(("-shm", "-wal"))
        ):
            lost.append(f"{inside} {'lost' if str(path) in gone else 'emptied'}")
        if str(path) not in gone:
            path.write_bytes(b"")
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return lost


@fault("F125", promise=["P1", "P2", "P3", "P4"], needs=["strace"])
def power_cut(bench: Bench) -> None:
    """the power goes with files landed and in the ledger, and right after the swap: nothing that counts is lost"""
    bench.start_with_late_lines()
    for point, sees in (("quality.before_status", "golden"), ("publish.after_swap_before_log", "late")):
        held = bench.pause(command_line, "run", failpoint=f"{point}:kill")
        record = bench.folder / f"{point}.strace"
        run = finish(held, record, "-y", "-e", f"trace={CALLS}", "-e", "signal=none")
        assert run.exit_code == KILLED, f"{point} was not reached; exit {run.exit_code}: {run.told[-300:]}"
        lost = go_dark(bench, record)
        record.unlink()
        assert not lost, f"{point}: {lost[:8]}"
        assert bench.home.in_front == bench.golden[sees], f"{point}: in front: {bench.home.in_front}"
        assert bench.ask("select count(*) from publication") == [(1,)]
    assert_ended_well(bench.regulars("run"))
    bench.assert_is("late")
