"""Clean tables, written once and copied by whoever breaks one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.quality.clean_tables import write_clean


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    write_clean(folder)
    return folder


@pytest.fixture
def tables(clean: Path, tmp_path: Path) -> Path:
    """A copy of the clean tables that a test may break."""
    return Path(shutil.copytree(clean, tmp_path / "tables"))
