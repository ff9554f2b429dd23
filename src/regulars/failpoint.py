"""Named places where a test may end, break or hold the process. Off unless the environment names one.

``REGULARS_FAILPOINT=publish.before_swap:kill`` ends the process there by SIGKILL; ``:raise`` raises;
``:eio`` raises the operating system's I/O error; ``:stop`` waits until SIGCONT. ``:kill:3`` acts on the third
passing, ``:kill:dim_customer`` where the process is at that.
"""

from __future__ import annotations

import errno
import os
import signal

VARIABLE = "REGULARS_FAILPOINT"
_passed: dict[str, int] = {}


def failpoint(name: str, at: str = "") -> None:
    """Act here when the environment asks for it; otherwise do nothing. ``at``: what the process is at."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    point, action, *which = wanted.split(":")
    if point != name:
        return
    _passed[name] = _passed.get(name, 0) + 1
    if (which[0] if which else "1") in (at, str(_passed[name])):
        _act(name, action)


def _act(name: str, action: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "eio":
        raise OSError(errno.EIO, f"injected at {name}")
    else:
        raise RuntimeError(f"injected at {name}")
