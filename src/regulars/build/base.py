"""The publication a night starts from, and what the night is made from: what differs between the two is built again.

Beside each candidate stands ``made_from.json``, which stays with the publication: the code and configuration, the
cut-off of what was known, and each content that was read. A night that finds no such publication, or one whose rows it
could not simply add to, builds everything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from regulars.build.inputs import code_fingerprint
from regulars.config import Home, World
from regulars.durable import write_text

_FILE = "made_from.json"

Contents = dict[str, dict[str, list[Any]]]
"""By ``<source>__<entity>`` and sha256: rows accepted, rows a gate set aside, whether a correction replaced it."""


@dataclass(frozen=True)
class MadeFrom:
    """What a candidate was made from. ``base``: the publication it was added to; empty when all was built."""

    base: str
    world: str
    code: str
    known_by: str
    contents: Contents

    def write(self, folder: Path) -> None:
        """Leave it beside the candidate in ``folder``."""
        write_text(folder / _FILE, json.dumps(asdict(self), sort_keys=True))

    def changed_since(self, base: MadeFrom, entity: str) -> set[str]:
        """Contents of ``entity`` that ``base`` did not have, or had in another state."""
        before = base.contents.get(entity, {})
        return {sha256 for sha256, state in self.contents.get(entity, {}).items() if before.get(sha256) != state}


def starts_from_publication(folder: Path) -> bool:
    """Whether the candidate in ``folder`` adds to a copy of a publication; otherwise everything is built."""
    return (folder / _FILE).exists() and bool(_read(folder).base)


def made_from(world: World, known_by: datetime, accepted: Mapping[str, Sequence[dict[str, Any]]]) -> MadeFrom:
    """What a night of ``known_by`` is made from, all of it built."""
    replaced = {(row["source"], row["entity"], row["content_sha256"]): True for row in accepted["delivery"]}
    for row in accepted["delivery"]:
        if not row["is_replaced"]:
            replaced[row["source"], row["entity"], row["content_sha256"]] = False
    contents: Contents = {}
    for row in accepted["content"]:
        state = [row["accepted_rows"], row["set_aside_rows"]]
        state.append(replaced[row["source"], row["entity"], row["content_sha256"]])
        contents.setdefault(f"{row['source']}__{row['entity']}", {})[row["content_sha256"]] = state
    return MadeFrom("", world.name, code_fingerprint(world), known_by.isoformat(), contents)


def base_of(home: Home, wanted: MadeFrom) -> tuple[str, MadeFrom] | None:
    """The kept publication a night made from ``wanted`` can add to, and what that was made from; None: there is none.

    It is the one that knew most without knowing more than the night may, of the same code and configuration, and whose
    every content still has the rows it had.
    """
    kept = {path.parent.name: _read(path.parent) for path in home.publications.glob(f"*/{_FILE}")}
    fitting = {name: made for name, made in kept.items() if _can_be_added_to(made, wanted)}
    return max(fitting.items(), key=lambda item: (item[1].known_by, item[0]), default=None)


def _can_be_added_to(base: MadeFrom, wanted: MadeFrom) -> bool:
    if (base.world, base.code) != (wanted.world, wanted.code) or base.known_by > wanted.known_by:
        return False
    rows = {(entity, sha256): state[:2] for entity, held in wanted.contents.items() for sha256, state in held.items()}
    return all(
        rows.get((entity, sha256)) == state[:2]
        for entity, held in base.contents.items()
        for sha256, state in held.items()
    )


def _read(folder: Path) -> MadeFrom:
    return MadeFrom(**json.loads((folder / _FILE).read_text()))
