"""One real Airflow for the tests that talk to it, on CDNOW: small enough for a whole first night."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import regulars
from tests.dags.standalone import Standalone


@pytest.fixture(scope="package")
def airflow(cdnow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """Airflow on a home with a filled inbox and champions, and nothing else; it ends with the tests that talk to it."""
    home = tmp_path_factory.mktemp("standalone")
    shutil.copytree(cdnow_home / "models", home / "models")
    laid_out = regulars("demo", "extract", home=home, world="cdnow")
    assert laid_out.returncode == 0, laid_out.stderr
    with Standalone(home) as running:
        yield running
