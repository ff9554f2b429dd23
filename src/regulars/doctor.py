"""Checks, before hours of work, that this machine and this home can run a night."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

from regulars import warehouse
from regulars.config import Home, World

FREE_GIB = 3


def check(home: Home, world: World) -> list[dict[str, Any]]:
    """One finding a check: what, whether it is well, and what to do when it is not."""
    home.root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home.root).free / 2**30
    stamp = home.root / "world"
    owner = stamp.read_text().strip() if stamp.exists() else world.name
    version = sys.version_info
    checks = [
        (f"Python {version.major}.{version.minor}", (3, 11) <= version < (3, 13), "use Python 3.11 or 3.12"),
        (f"{home.root} can be written", os.access(home.root, os.W_OK), "give its owner write permission"),
        (f"{free:.0f} GiB free", free >= FREE_GIB, f"free at least {FREE_GIB} GiB"),
        (f"home of world '{owner}'", owner == world.name, "set REGULARS_HOME or REGULARS_WORLD"),
        ("personal/ is private", _is_private(home), f"chmod 700 {home.personal}"),
        ("what is published opens", _opens(home), "regulars rollback, or run the night again"),
    ]
    return [{"check": text, "ok": bool(well), "next_step": "" if well else step} for text, well, step in checks]


def _is_private(home: Home) -> bool:
    return not home.personal.exists() or home.personal.stat().st_mode & 0o077 == 0


def _opens(home: Home) -> bool:
    if not home.in_front:
        return True
    try:
        with warehouse.published(home.published_database) as connection:
            return connection.execute("select count(*) from publication").fetchone() == (1,)
    except Exception:
        return False


def findings_text(findings: list[dict[str, Any]]) -> str:
    """The findings for people, one line each."""
    return "\n".join(
        f"{'ok ' if finding['ok'] else 'NO '} {finding['check']}"
        + (f"  Next: {finding['next_step']}" if not finding["ok"] else "")
        for finding in findings
    )
