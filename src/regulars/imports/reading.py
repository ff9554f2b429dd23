"""A file before anything is known of it: its labels and rows as text, in a DuckDB of its own."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import zstandard

from regulars import warehouse
from regulars.errors import UsageError
from regulars.json_sql import LINE, value_sql
from regulars.nested import as_json_lines, plain_lines
from regulars.sources import plain_label
from regulars.warehouse import named, quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_OBJECTS = 100
"""Objects whose paths are looked at."""

_AT_ONCE_BYTES = 512 * 1024**2
"""Unpacked text up to here is unpacked once and held; of more each look reads the file anew."""

_FIRST = 1_000

ROWS = "file"
"""The view of every row of the file, columns c1, c2, … as text; reading it may unpack the file anew."""

FIRST_ROWS = "first_rows"
"""The table with its first thousand rows."""


@dataclass(frozen=True)
class TextFile:
    """A file, csv, jsonl or parquet: its ``labels`` by position, and a connection with ROWS and FIRST_ROWS of it.

    ``is_json``: each row is an object in the one column `json_line`, and labels are paths, those of its first rows.
    """

    path: Path
    labels: tuple[str, ...]
    connection: duckdb.DuckDBPyConnection
    form: str = "csv"
    is_json: bool = False

    @cached_property
    def plain_labels(self) -> tuple[tuple[str, str], ...]:
        """Each label beside its plain form, by which formats know it."""
        return tuple((plain_label(label), label) for label in self.labels)

    @cached_property
    def by_plain_label(self) -> dict[str, str]:
        """Labels by their plain form; of several the first."""
        return dict(reversed(self.plain_labels))

    def column(self, label: str) -> str:
        """SQL of the text that stands under a label of the file."""
        return value_sql(LINE, label) if self.is_json else f"c{self.labels.index(label) + 1}"


@contextmanager
def opened(path: Path) -> Iterator[TextFile]:
    """The file ``path``, plain or packed by gzip or zstd, with or without a byte order mark. Raises UsageError for what
    is no table: no file, nothing in it, or text without columns; for gzip that is cut off, however far it was read.
    """
    if not path.is_file():
        raise UsageError("There is no such file", where=str(path))
    with warehouse.temporary() as connection, _read_to_its_end(path):
        if (form := _form(path)) != "csv":
            yield _structured(connection, path, form)
            return
        labels = _labels(path)
        names = ", ".join(f"'c{place}': 'varchar'" for place in range(1, len(labels) + 1))
        # Whether the rows are sound is for landing to say: here they are only looked at.
        connection.execute(
            f"create temp view {ROWS} as select * from read_csv({quoted(path)}, header = true, columns = {{{names}}}, "
            f"{_PLAIN}, ignore_errors = true)"
        )
        _keep_first(connection)
        yield TextFile(path, labels, connection)


@contextmanager
def _read_to_its_end(path: Path) -> Iterator[None]:
    """Tell in words of a file whose packing ends too early or is damaged. Nothing else is read or written meanwhile."""
    try:
        yield
    except warehouse.ReadError as broken:
        told = "It cannot be read to its end: it is cut off, or damaged"
        raise UsageError(told, where=str(path), next_step="download or export it again") from broken


def _keep_first(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"create temp table {FIRST_ROWS} as select * from {ROWS} limit {_FIRST}")


def _form(path: Path) -> str:
    ending = next((suffix for suffix in reversed(path.suffixes) if suffix not in (".gz", ".zst")), "")
    return {".jsonl": "jsonl", ".json": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}.get(ending, "csv")


def _structured(connection: duckdb.DuckDBPyConnection, path: Path, form: str) -> TextFile:
    """A file whose rows have names in themselves. Raises UsageError where it is not what its name says."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if form == "parquet":
            schema = pq.read_schema(path)
            if not any(pa.types.is_nested(field.type) for field in schema):
                columns = ", ".join(f"{named(name)}::varchar as c{turn}" for turn, name in enumerate(schema.names, 1))
                connection.execute(f"create temp view {ROWS} as select {columns} from read_parquet({quoted(path)})")
                _keep_first(connection)
                return TextFile(path, tuple(schema.names), connection, form)
            first = _held(connection, as_json_lines(pq.read_table(path)))
        elif (lines := _held_lines(path)) is not None:
            first = _held(connection, lines)
        else:
            source = f"read_ndjson_objects({quoted(path)}, ignore_errors = true)"
            connection.execute(
                f"create temp view {ROWS} as select json::varchar as {LINE} from {source} where json is not null"
            )
            _keep_first(connection)
            first = [line for (line,) in connection.execute(f"select {LINE} from {FIRST_ROWS}").fetchall()]
    except (pa.ArrowException, OSError, EOFError, zlib.error, zstandard.ZstdError, warehouse.Error) as broken:
        told = f"This is no {form} that can be read ({type(broken).__name__})"
        raise UsageError(told, where=str(path), next_step="export it again") from None
    paths: dict[str, None] = {}
    for said in islice(_said(first), _OBJECTS):
        if isinstance(said, dict):
            _note_paths(said, "", paths)
    if not paths:
        raise UsageError("There is no object in this file", where=str(path))
    return TextFile(path, tuple(paths), connection, form, is_json=True)


def _held(connection: duckdb.DuckDBPyConnection, lines: pa.Table) -> Iterable[str]:
    """Let ``connection`` know ``lines`` as the rows of its file; gives the first of them."""
    first = lines.slice(0, _FIRST)
    connection.register(ROWS, lines)
    connection.register(FIRST_ROWS, first)
    return (line.as_py() for line in first[LINE])


def _said(lines: Iterable[str]) -> Iterator[Any]:
    """What is JSON of ``lines``."""
    for line in lines:
        with suppress(ValueError):
            yield json.loads(line)


def _held_lines(path: Path) -> pa.Table | None:
    """The lines of a file of JSON in memory; None where there are too many, or not every one begins an object."""
    with _unpacking(path) as file:
        content = file.read(_AT_ONCE_BYTES + 1)
    return None if len(content) > _AT_ONCE_BYTES else plain_lines(content.removeprefix(BOM_UTF8), len(content))


def _note_paths(value: Any, at: str, paths: dict[str, None]) -> None:
    """Put the path of each value in an object into ``paths``; what is null says nothing of it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _note_paths(inner, f"{at}.{name}" if at else name, paths)
    elif isinstance(value, list) and value and all(_is_pair(each) for each in value):
        paths.update((f"{at}[{each['key']}]", None) for each in value)
    elif value is not None:
        paths[at] = None


def _is_pair(value: Any) -> bool:
    return isinstance(value, dict) and "key" in value and "value" in value


_PLAIN = "delim = ',', quote = '\"', escape = '\"', strict_mode = false, auto_detect = false"


def _labels(path: Path) -> tuple[str, ...]:
    try:
        with _unpacking(path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            first = next(csv.reader(text), [])
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error, zstandard.ZstdError) as broken:
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
