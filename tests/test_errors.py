"""What a person is told when the machine, and not the data, is at fault."""

from __future__ import annotations

import errno

import duckdb
import pytest
import sqlalchemy as sa

from regulars.errors import machine_trouble


@pytest.mark.parametrize(
    ("error", "told", "step"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "/x: No space left on device", "disk"),
        (MemoryError(), "Out of memory: MemoryError", "free memory"),
        (duckdb.OutOfMemoryException("Out of Memory Error: no 16 KiB\nmore"), "no 16 KiB\n  Next", "free memory"),
        (duckdb.IOException("IO Error: Could not write"), "IO Error: Could not write", "disk"),
        (sa.exc.OperationalError("select 'a name'", {}, Exception("disk I/O error")), "disk I/O error", "disk"),
    ],
)
def test_trouble_of_the_machine_is_told_in_its_first_line(error: Exception, told: str, step: str) -> None:
    trouble = str(machine_trouble(error))
    assert told in trouble
    assert step in trouble
    assert "a name" not in trouble


@pytest.mark.parametrize("error", [ValueError("a name"), duckdb.ConversionException("a name"), KeyError("a name")])
def test_what_may_quote_a_value_is_not_repeated(error: Exception) -> None:
    assert machine_trouble(error) is None
