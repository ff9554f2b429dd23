"""The script of every page is made once, and taken only while it is made of the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.report import engine


@pytest.fixture(autouse=True)
def made_nowhere_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(engine, "_MADE_ONCE", tmp_path / "made")
    engine.bundle.cache_clear()
    yield
    engine.bundle.cache_clear()


def test_what_was_made_once_is_what_is_made_anew_and_is_taken(tmp_path: Path) -> None:
    anew = engine.bundle()
    engine.bundle_for_every_page()
    (made,) = (tmp_path / "made").iterdir()
    assert made.read_text(encoding="utf-8") == anew
    made.write_text("taken")
    engine.bundle.cache_clear()
    assert engine.bundle() == "taken"


def test_what_was_made_of_another_script_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.bundle_for_every_page()
    (tmp_path / "charts.js").write_text('document.title = "another";')
    monkeypatch.setattr(engine, "TEMPLATES", tmp_path)
    assert engine.bundle() != next((tmp_path / "made").iterdir()).read_text(encoding="utf-8")
