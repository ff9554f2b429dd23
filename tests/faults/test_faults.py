"""The quick tier of the fault matrix, and what keeps the matrix whole. The full tier is ``make faults``."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.build.layers import LAYERS
from regulars.config import PROJECT
from tests.faults.bench import Bench
from tests.faults.matrix import FAULTS
from tests.faults.mutants import MUTANTS
from tests.faults.registry import HOW_TO_BRING, Fault
from tests.faults.score import attempt
from tests.faults.states import prepare

QUICK = sorted((fault for fault in FAULTS.values() if fault.is_quick), key=lambda fault: not fault.through_airflow)
"""Whole nights first, so that two workers end together."""


@pytest.fixture(scope="session")
def like(shared_folder: Path) -> Bench:
    """A bench that knows the finished states; they are made once, whoever asks first."""
    return prepare(shared_folder / "faults", full=False)


@pytest.mark.parametrize("fault", QUICK, ids=[fault.number for fault in QUICK])
def test_fault_is_survived(fault: Fault, like: Bench, tmp_path: Path) -> None:
    if fault.lacking and "CI" not in os.environ:
        pytest.skip(f"to bring what it needs: {', '.join(map(HOW_TO_BRING.__getitem__, fault.lacking))}")
    outcome = attempt(fault, like, tmp_path / "bench", full=False)
    assert outcome.survived, outcome.why


def test_every_failpoint_of_the_source_is_struck_by_a_row() -> None:
    struck = {point for fault in FAULTS.values() for point in fault.failpoints}
    there = set(_failpoints())
    assert there == struck, f"without a row: {sorted(there - struck)}; not in the source: {sorted(struck - there)}"
    assert len(there) >= 20


def _failpoints() -> Iterator[str]:
    for path in (*(PROJECT / "src").rglob("*.py"), *(PROJECT / "ml").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint":
                yield from _names(node.args[0])


def _names(argument: ast.expr) -> Iterator[str]:
    if isinstance(argument, ast.Constant):
        yield str(argument.value)
    else:
        pattern = ast.unparse(argument)
        assert pattern == "f'build.after_{layer}'", f"name this failpoint by a plain text: {pattern}"
        yield from (f"build.after_{layer}" for layer in LAYERS)


def test_every_planted_bug_still_fits_the_source_and_names_rows_that_exist() -> None:
    assert len(MUTANTS) >= 4
    for mutant in MUTANTS:
        assert (PROJECT / mutant.path).read_text().count(mutant.old) == 1, mutant.told
        assert set(mutant.faults) <= set(FAULTS)
