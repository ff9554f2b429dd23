"""A conf folder and a home of one's own, and a small simulated shop as the files of every system."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from regulars import config, sources
from regulars.config import Home
from regulars.demo.simulate import Shop
from regulars.demo.simulate.export_sql import FORMATS
from regulars.demo.simulate.exports import Told, export

SHOP, DAYS = Shop(customers=150, seed=3), 60


def forget() -> None:
    """Read contracts, kinds and worlds anew."""
    sources.load_entity.cache_clear()
    sources.load_kind.cache_clear()
    config.forget_worlds()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """An unused home, with the shipped conf in a copy that an import may write to."""
    shutil.copytree(config.CONF, tmp_path / "conf")
    monkeypatch.setattr(config, "CONF", tmp_path / "conf")
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REGULARS_WORLD", "lamps")
    monkeypatch.delenv("REGULARS_OPERATIONS_URL", raising=False)
    forget()
    yield config.home()
    forget()


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[list[Path], Told]]:
    """The files of the small shop in a format, and what is so in it; made once each."""
    folder = tmp_path_factory.mktemp("simulated")
    told = export(folder, config.world("shop"), SHOP, DAYS, *FORMATS)
    return lambda name: (sorted((folder / name).iterdir()), told)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file of a name and a text, and gives its path."""

    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write
