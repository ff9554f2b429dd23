"""The corner shop: a fresh home for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from regulars import config, sources
from tests.land.corner_shop import SOURCES, Shop


@pytest.fixture(scope="session")
def shop_conf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    conf = tmp_path_factory.mktemp("conf")
    (conf / "sources").mkdir()
    shutil.copy(config.CONF / "sources" / "schema.json", conf / "sources")
    for name, text in SOURCES.items():
        (conf / "sources" / f"{name}.yml").write_text(text)
    return conf


@pytest.fixture
def shop(tmp_path: Path, shop_conf: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(config, "CONF", shop_conf)
    monkeypatch.delenv("REGULARS_OPERATIONS_URL", raising=False)
    return Shop(config.Home(tmp_path / "home"), shop_conf)


@pytest.fixture
def sale(shop: Shop) -> sources.SourceEntity:
    """The contract of a sale."""
    return sources.load_entity("shop__sale")
