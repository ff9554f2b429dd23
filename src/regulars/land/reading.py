"""What a reader gives, and how it says no: whole files are refused, single rows set apart with line and reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_FIELD = 65_536
"""Characters of one value; a longer one is a lost quote or no value at all."""

LONGEST_RAW = 10_000
"""Characters kept of a refused row; the file itself is kept whole."""


class FileRefused(Exception):
    """A file that is not loaded. ``reason`` is a stable word for the ledger; ``detail`` tells a person more."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}")

    @property
    def told(self) -> str:
        """Reason and detail, as the ledger keeps them."""
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True)
class RefusedRow:
    """A row that could not be read, with its first line in the file (1 is the header) and its text."""

    line: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Reading:
    """A file, read.

    rows: the contract's columns as text, in its order, and ``_line`` BIGINT. refused: rows that could not be read.
    drift: what differs from the contract and does no harm, in words. raw_row: the text of a row by its line.
    """

    rows: pa.Table
    refused: list[RefusedRow]
    raw_row: Callable[[int], str]
    drift: str = field(default="")


def table_of(names: list[str], columns: list[list[str | None]], lines: list[int]) -> pa.Table:
    """An Arrow table of text columns and ``_line``."""
    import pyarrow as pa

    arrays = {name: pa.array(values, pa.string()) for name, values in zip(names, columns, strict=True)}
    return pa.table({**arrays, "_line": pa.array(lines, pa.int64())})


def without_mark(content: bytes) -> bytes:
    """``content`` without its UTF-8 byte order mark. Raises FileRefused for UTF-16 and UTF-32."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused("utf16", "the file is in UTF-16 or UTF-32; deliver it in UTF-8")
    return content.removeprefix(b"\xef\xbb\xbf")


def escaped(raw: bytes) -> str:
    """Bytes of a refused row as text that can be stored, what is not UTF-8 written as \\x.."""
    return raw.decode("utf-8", "backslashreplace")[:LONGEST_RAW]
