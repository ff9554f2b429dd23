"""Files that are either wholly there or not there at all, also after a power cut."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from regulars.failpoint import failpoint

_PART = ".part"


def sync_directory(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Make the bytes of ``path`` durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Make every file and every name in ``folder`` and below durable."""
    for path in folder.rglob("*"):
        sync_file(path)
    sync_file(folder)


def make_folder(folder: Path) -> None:
    """Make ``folder`` and what it stands in, each new name durable: a file in a lost folder is lost too."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_directory(folder.parent)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a file beside ``path``, then move it into place: readers see all of it or nothing."""
    make_folder(path.parent)
    part = path.with_name(f".{path.name}.{os.getpid()}{_PART}")
    try:
        write(part)
        sync_file(part)
        failpoint("durable.before_replace")
        os.replace(part, path)
        sync_directory(path.parent)
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step."""
    write_whole(path, lambda part: part.write_bytes(content))


def write_text(path: Path, content: str) -> None:
    """Put ``content`` at ``path`` in one step, as UTF-8."""
    write_bytes(path, content.encode())


def remove_parts(folder: Path, *, below: bool = True) -> None:
    """Remove what a killed process left half-written in ``folder`` and below. Call it only as the one writer there."""
    for part in folder.rglob(f".*{_PART}") if below else folder.glob(f".*{_PART}"):
        part.unlink(missing_ok=True)


def remove_tree(folder: Path) -> None:
    """Remove ``folder`` whole. A missing one is no error."""
    shutil.rmtree(folder, ignore_errors=False) if folder.exists() else None


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, as lower-case hex."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
