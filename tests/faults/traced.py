"""strace on a process that stands still: errors the kernel would give, and a record of what it was asked for."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.faults.process import TIME_LIMIT_SECONDS, Process, Run


def finish(held: Process, record: Path, *options: str) -> Run:
    """Attach strace with ``options`` to the stopped process ``held``, let it go on, and wait for its end.

    The calls are in ``record`` then. strace counts the calls of each thread for itself.
    """
    told = ["strace", "-f", "-qq", "-o", str(record), *options, "-p", str(held.pid)]
    with subprocess.Popen(told, stderr=subprocess.PIPE) as tracer:
        while not _tracer_of(held.pid):
            if tracer.poll() is not None:
                held.kill()
                raise AssertionError(f"strace did not attach: {tracer.communicate()[1].decode()[-300:]}")
        held.resume()
        run = held.wait()
        tracer.communicate(timeout=TIME_LIMIT_SECONDS)
    return run


def _tracer_of(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("TracerPid"))
