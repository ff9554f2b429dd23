"""A home of the simulated shop whose contacts come from a database and tickets from a service: docs/pulls.md."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from regulars import config, ledger
from regulars.config import Home
from regulars.pull.connection import Connection
from regulars.pull.pulling import pull_source
from regulars.sources import load_entity
from tests.docs.documents import files_shown
from tests.land.corner_shop import rows_of
from tests.pull.help_desk import TOKEN, HelpDesk

WORLD = config.world("shop")


def pulled_conf(folder: Path) -> Path:
    """``conf/`` and the pulls that docs/pulls.md shows."""
    shutil.copytree(config.PROJECT / "conf", folder)
    for name, _, text in files_shown(config.PROJECT / "docs" / "pulls.md"):
        (folder.parent / name.replace("conf", folder.name, 1)).write_text(text)
    return folder


@dataclass
class Shop:
    """What is pulled, from where, and what came of it."""

    home: Home
    conf: Path
    connections: dict[str, Connection]

    def pull(self, day: date, **how: bool) -> dict[str, Any]:
        return pull_source(self.home, WORLD, "crm", day, self.connections.__getitem__, **how)

    def only(self, name: str) -> None:
        """Pull nothing but ``name``."""
        for path in (self.conf / "pulls").glob("*.yml"):
            if path.stem != name:
                path.unlink()

    def change(self, name: str, old: str, new: str) -> None:
        """Another text in the file of ``conf/pulls``."""
        path = self.conf / "pulls" / f"{name}.yml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((self.home.inbox / "crm").iterdir())}

    def pulls(self) -> list[dict[str, Any]]:
        table = ledger.pull
        return ledger.Ledger(self.home.operations_url).rows(sa.select(table).order_by(*table.primary_key))

    def accepted(self, entity: str) -> list[dict[str, Any]]:
        """Landed rows of an entity, without where they came from."""
        rows = rows_of(f"{self.home.landed}/crm/{entity}/*/*.parquet")
        return [{name: value for name, value in row.items() if name not in ("_content", "_line")} for row in rows]


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = pulled_conf(tmp_path / "conf")
    monkeypatch.setattr(config, "CONF", folder)
    monkeypatch.delenv("REGULARS_OPERATIONS_URL", raising=False)
    load_entity.cache_clear()
    yield folder
    load_entity.cache_clear()


@pytest.fixture
def shop(tmp_path: Path, conf: Path) -> Shop:
    return Shop(Home(tmp_path / "home"), conf, {})


@pytest.fixture
def desk(shop: Shop) -> Iterator[HelpDesk]:
    """The help desk alone is pulled."""
    shop.only("crm__support_contact")
    with HelpDesk([]) as running:
        shop.connections["help_desk"] = desk_connection(running)
        yield running


def desk_connection(desk: HelpDesk) -> Connection:
    return Connection("help_desk", "127.0.0.1", desk.port, "http", password=TOKEN)
