"""Bugs planted in a copy of the project, to see that the faults would catch them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from regulars.config import PROJECT

_COPIED = ("src", "ml", "dags", "dbt_project", "expectations", "conf", "tests", "requirements.lock")


@dataclass(frozen=True)
class Mutant:
    """A planted bug: in the file ``path``, ``old`` becomes ``new``; one of ``faults`` has to turn red."""

    told: str
    path: str
    old: str
    new: str
    faults: tuple[str, ...]


MUTANTS = (
    Mutant(
        "a gate that fails lets the night go on",
        "src/regulars/quality/gate.py",
        '    if any(f"{source}__',
        '    if False and any(f"{source}__',
        ("F310b",),
    ),
    Mutant(
        "a lease is taken from whoever holds it",
        "src/regulars/ledger.py",
        "elif held and _is_alive",
        "elif False and _is_alive",
        ("F123b", "F124"),
    ),
    Mutant(
        "a model's file is not checked",
        "ml/registry/versions.py",
        "or durable.sha256_of(path) != digest",
        "",
        ("F331",),
    ),
    Mutant(
        "a file is written at its own name",
        "src/regulars/durable.py",
        'path.with_name(f".{path.name}.{os.getpid()}{_PART}")',
        "path",
        ("F115",),
    ),
    Mutant(
        "a repeated row counts twice",
        "dbt_project/macros/versions.sql",
        "having count(*) > 1",
        "having false",
        ("F204",),
    ),
    Mutant(
        "a file is moved into place before its bytes are durable",
        "src/regulars/durable.py",
        "        sync_file(part)\n",
        "",
        ("F125",),
    ),
    Mutant(
        "a growing file is claimed",
        "src/regulars/land/inbox.py",
        "    if (before.st_size",
        "    if () and (before.st_size",
        ("F215",),
    ),
    Mutant(
        "what was learned from a broken input is promoted",
        "ml/registry/promotion.py",
        'for one in comparison.get("alarms", ())',
        "for one in ()",
        ("F329",),
    ),
    Mutant(
        "a file cut at a line end is taken for a whole one",
        "src/regulars/land/volume.py",
        "if len(known) < LEAST_DAYS",
        "if True",
        ("F214",),
    ),
)


def plant(mutant: Mutant, folder: Path) -> Path:
    """A copy of the project with the bug in it."""
    for name in _COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    path = folder / mutant.path
    sound = path.read_text()
    if sound.count(mutant.old) != 1:
        raise ValueError(f"{mutant.path} does not hold once: {mutant.old}")
    path.write_text(sound.replace(mutant.old, mutant.new))
    return folder


def is_caught(mutant: Mutant, folder: Path, states: Path) -> bool:
    """Whether one of its faults turns red in a project with the bug."""
    project, result = plant(mutant, folder / "project"), folder / "faults.json"
    told = ["--only", ",".join(mutant.faults), "--states", str(states), "--out", str(result), "--quick", "--no-mutants"]
    subprocess.run(
        [sys.executable, "-m", "tests.faults", *told],
        cwd=project,
        env={**os.environ, "PYTHONPATH": f"{project / 'src'}:{project}", "REGULARS_PROJECT": str(project)},
        check=False,
        capture_output=True,
    )
    outcomes = json.loads(result.read_text())
    return len(outcomes) == len(mutant.faults) and not all(outcome["survived"] for outcome in outcomes)


def caught(mutants: Sequence[Mutant], folder: Path, states: Path) -> dict[str, bool]:
    """Each mutant by what it does, and whether it was caught."""
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda pair: is_caught(pair[1], folder / f"mutant_{pair[0]}", states), enumerate(mutants))
        return dict(zip((mutant.told for mutant in mutants), found, strict=True))
