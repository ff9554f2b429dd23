"""The corner shop: a fresh home for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
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


@pytest.fixture(scope="module")
def landed_once(shop_conf: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Mapping[str, bytes]], Shop]:
    """Lands many files in one go, for tests that each look at one of them."""

    def land(files: Mapping[str, bytes]) -> Shop:
        shop = Shop(config.Home(tmp_path_factory.mktemp("home")), shop_conf)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(config, "CONF", shop_conf)
            for name, content in files.items():
                shop.drop(name, content)
            shop.land()
        return shop

    return land


@pytest.fixture
def sale(shop: Shop) -> sources.SourceEntity:
    """The contract of a sale."""
    return sources.load_entity("shop__sale")
