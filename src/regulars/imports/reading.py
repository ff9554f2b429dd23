"""A file before anything is known of it: its labels and rows as text, in a DuckDB of its own."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import zstandard

from regulars import warehouse
from regulars.errors import UsageError
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

ROWS = "file"
"""The view with every row of the file, columns c1, c2, … as text."""


@dataclass(frozen=True)
class TextFile:
    """A CSV file: its ``labels`` by position, and a connection with the view ROWS over all of it."""

    path: Path
    labels: tuple[str, ...]
    connection: duckdb.DuckDBPyConnection

    def column(self, label: str) -> str:
        """The column of the view that a label of the file stands over."""
        return f"c{self.labels.index(label) + 1}"


@contextmanager
def opened(path: Path) -> Iterator[TextFile]:
    """The file ``path``, plain or packed by gzip or zstd, with or without a byte order mark. Raises UsageError for what
    is no table: no file, nothing in it, or text without columns.
    """
    if not path.is_file():
        raise UsageError("There is no such file", where=str(path))
    with warehouse.memory() as connection:
        # Personal values go nowhere from here, not even to a file of DuckDB's own.
        connection.execute("set temp_directory = ''")
        labels = _labels(path)
        names = ", ".join(f"'c{place}': 'varchar'" for place in range(1, len(labels) + 1))
        # Whether the rows are sound is for landing to say: here they are only looked at.
        connection.execute(
            f"create view {ROWS} as select * from read_csv({quoted(path)}, header = true, columns = {{{names}}}, "
            f"{_PLAIN}, ignore_errors = true)"
        )
        yield TextFile(path, labels, connection)


_PLAIN = "delim = ',', quote = '\"', escape = '\"', strict_mode = false, auto_detect = false"


def _labels(path: Path) -> tuple[str, ...]:
    try:
        with _unpacking(path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            first = next(csv.reader(text), [])
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zstandard.ZstdError) as broken:
        told = f"This is no text in UTF-8 that can be read ({type(broken).__name__})"
        raise UsageError(told, where=str(path), next_step="export it again as CSV in UTF-8") from None
    if not any(first):
        raise UsageError("There is nothing in this file", where=str(path))
    if len(first) == 1 and (other := next((sign for sign in ";\t|" if sign in first[0]), None)):
        told = f"Its columns are separated by {other!r}, expected ','"
        raise UsageError(told, where=str(path), next_step="export it with commas")
    return tuple(first)


def _unpacking(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path))
    return zstandard.open(path, "rb") if path.suffix == ".zst" else path.open("rb")
