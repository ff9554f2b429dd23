"""The fingerprint of everything a night is made from: when it has not changed, the night need not run again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from regulars import config, ledger
from regulars.config import Home, World

_CODE = (
    "expectations",
    "dbt_project/dbt_project.yml",
    "dbt_project/models",
    "dbt_project/macros",
    "dbt_project/seeds",
    "ml",
    "src/regulars",
    "requirements.lock",
)


_OF_NO_NIGHT = ("worlds", "formats")
"""Folders of ``conf/`` that are hashed as the world they say, or not at all."""


def fingerprint(home: Home, world: World, business_date: date) -> str:
    """sha256 over the deliveries known to the ledger, judgements, labels, configuration, code, champions, world and
    business date."""
    store = ledger.Ledger(home.operations_url)
    content, delivery = ledger.content, ledger.delivery
    arrived = sa.select(
        delivery.c.source, delivery.c.entity, delivery.c.business_date, delivery.c.content_sha256, delivery.c.known_at
    ).order_by(*delivery.primary_key)
    taken = sa.select(content).order_by(*content.primary_key)
    said = sa.select(ledger.identity_judgement).order_by(ledger.identity_judgement.c.position)
    facts = {
        "world": world.name,
        "business_date": business_date,
        "deliveries": [list(row.values()) for row in store.rows(arrived)],
        "contents": [list(row.values()) for row in store.rows(taken)],
        "judgements": [list(row.values()) for row in store.rows(said)],
        "labels": home.labels.read_text() if home.labels.exists() else "",
        "champions": {path.parent.name: path.read_text() for path in sorted(home.models.glob("*/champion.json"))},
        "code": code_fingerprint(world),
    }
    return hashlib.sha256(json.dumps(facts, default=str, sort_keys=True).encode()).hexdigest()


def code_fingerprint(world: World) -> str:
    """sha256 over what decides what is computed for ``world``, but for which days of it there are.

    Other worlds and their sources, and how exports are recognised, decide nothing.
    """
    known = replace(world, last_business_date=world.alive_from, alive_until=None)
    digest = hashlib.sha256(f"{known}\0".encode())
    for name, path in _files(world):
        digest.update(f"{name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files(world: World) -> Iterator[tuple[Path, Path]]:
    """Each file by the name it is known by, wherever the project and ``conf/`` are."""
    conf = [place for place in sorted(config.CONF.iterdir()) if place.name not in _OF_NO_NIGHT]
    for place in (*conf, *(config.PROJECT / name for name in _CODE)):
        below = [place] if place.is_file() else sorted(place.rglob("*"))
        for path in below:
            is_foreign = path.parent == config.CONF / "sources" and path.stem not in (*world.entities, "schema")
            if path.is_file() and not is_foreign and "__pycache__" not in path.parts:
                yield path.relative_to(place.parent), path


def has_unclaimed_files(home: Home) -> bool:
    """Whether the inbox holds a file, by name, size and time, that no receipt mentions."""
    delivery = ledger.delivery
    receipts = ledger.Ledger(home.operations_url).rows(
        sa.select(delivery.c.source, delivery.c.name, delivery.c.inbox_size, delivery.c.inbox_mtime_ns)
    )
    claimed = {tuple(row.values()) for row in receipts}
    for path in home.inbox.glob("*/*"):
        if path.name.startswith(".") or path.name.endswith((".manifest.json", ".part")):
            continue
        stat = path.lstat()
        if (path.parent.name, path.name, stat.st_size, stat.st_mtime_ns) not in claimed:
            return True
    return False


def built(home: Home, world: World, business_date: date) -> str | None:
    """The publication made from exactly what a night of ``business_date`` would be made from now, when it is in front,
    or stays beside one of a later night; None: there is none.
    """
    if not home.published_database.exists():
        return None
    table = ledger.publication
    rows = ledger.Ledger(home.operations_url).rows(sa.select(table))
    front = [row["business_date"] for row in rows if row["publication_id"] == home.in_front]
    wanted = fingerprint(home, world, business_date)
    fitting = (
        row["publication_id"]
        for row in rows
        if front
        and row["inputs"] == wanted
        and (row["publication_id"] == home.in_front or business_date < front[0])
        and (home.publications / row["publication_id"]).exists()
    )
    return next(fitting, None)
