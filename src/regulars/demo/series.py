"""A series of files one source system drops, how one is dropped, and where the published data they come from is."""

from __future__ import annotations

import gzip
import importlib.util
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from regulars.config import World
from regulars.errors import RegularsError

_COMPRESSION_LEVEL = 4
"""A third of the time of the usual level for a tenth more bytes."""


@dataclass(frozen=True)
class Series:
    """The names of its files below the inbox, and a function that gives each name with its bytes."""

    title: str
    names: tuple[str, ...]
    contents: Callable[[], Iterator[tuple[str, bytes]]]


def package_folder(package: str) -> Path:
    """The folder of an installed package, found without importing it. Raises RegularsError when there is none."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise RegularsError(f"The package '{package}' is not installed", next_step="run `make install`")
    return Path(found.origin).parent


def business_dates(world: World) -> list[date]:
    """The days on which the sources of ``world`` deliver, up to its last business date."""
    days = (world.last_business_date - world.alive_from).days + 1
    return [world.alive_from + timedelta(days=number) for number in range(days)]


def zipped(text: str) -> bytes:
    """``text`` as gzip without a time stamp: the same bytes on every call."""
    return gzip.compress(text.encode(), _COMPRESSION_LEVEL, mtime=0)


def drop(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``. A source system owes nobody an fsync; that no file is half-written is enough."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)
