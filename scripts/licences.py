"""Prints the licence each direct dependency declares, as the table of THIRD_PARTY_NOTICES.md."""

from __future__ import annotations

import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[1]


def direct_dependencies() -> list[str]:
    """Names of what the package needs to run, as ``pyproject.toml`` has them."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return [Requirement(line).name for line in project["dependencies"]]


def licence_of(package: str) -> str:
    """What an installed package says of its licence: SPDX expression, else classifiers, else the field's first line."""
    described = metadata.metadata(package)
    if expressions := described.get_all("License-Expression"):
        return expressions[0]
    classifiers = [
        line.split(" :: ")[-1]
        for line in described.get_all("Classifier", [])
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    ]
    first_line = (described.get_all("License") or ["not stated"])[0].strip().splitlines()[0]
    return ", ".join(classifiers) or first_line


def table() -> str:
    """One row a direct dependency, sorted by name."""
    names = sorted(direct_dependencies(), key=str.lower)
    return "\n".join(["| package | licence |", "|---|---|", *(f"| {name} | {licence_of(name)} |" for name in names)])


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
