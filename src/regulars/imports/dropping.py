"""Puts a file into the inbox of a shop, under the pattern of its contract, with a manifest that proves it whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from regulars.durable import make_folder, sha256_of, write_text, write_whole
from regulars.imports.formats import TableOfADay


def drop(path: Path, contract: Mapping[str, Any], day: date, folder: Path, table: TableOfADay | None) -> str:
    """Put ``path`` into ``folder``; gives where it lies, an empty text when the inbox has it, or has better, already.

    A file that holds a ``table`` of a day takes the place of an earlier export of it, but never one from before the day
    was over that of the whole day. Killed and called again, the outcome is the same.
    """
    make_folder(folder)
    entity = contract["entity"]
    ending = "." + contract["format"] + (path.suffix if path.suffix in (".gz", ".zst") else "")
    sha256 = sha256_of(path)
    if table:
        target = folder / f"{entity}_{table.day}{f'_{table.part}' if table.part else ''}{ending}"
        is_better_there = table.is_early and target.exists() and not _said_of(target).get("is_early", False)
        if is_better_there or (target.exists() and sha256_of(target) == sha256):
            return ""
    else:
        there = [found for found in folder.glob(f"{entity}_*{ending}") if _said_of(found).get("sha256") == sha256]
        if there:
            return ""
        names = (f"{entity}_{day}{'' if turn == 1 else f'_{turn}'}{ending}" for turn in range(1, 1_000))
        target = next(folder / name for name in names if not (folder / name).exists())
    said = {"sha256": sha256} | ({"is_early": True} if table and table.is_early else {})
    write_text(_manifest_of(target), json.dumps(said) + "\n")
    write_whole(target, lambda part: shutil.copyfile(path, part))
    return str(target)


def _manifest_of(target: Path) -> Path:
    return target.with_name(target.name + ".manifest.json")


def _said_of(target: Path) -> dict[str, Any]:
    manifest = _manifest_of(target)
    return dict(json.loads(manifest.read_text())) if manifest.exists() else {}
