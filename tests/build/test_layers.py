"""What dbt reads of the project is read once, and every home takes it over while it is true."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from regulars import config
from regulars.build import layers


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one model, read for every home before anybody has built, and a home where nothing was."""
    folder = tmp_path / "project" / "dbt_project"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "one.sql").write_text("select 1 as one")
    (folder / "dbt_project.yml").write_text("name: regulars\nprofile: regulars\nconfig-version: 2\nversion: 0.1.0\n")
    (folder / "profiles.yml").write_text((config.PROJECT / "dbt_project" / "profiles.yml").read_text())
    monkeypatch.setattr(config, "PROJECT", tmp_path / "project")
    monkeypatch.setattr(layers, "_READ_ONCE", folder / "target")
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path / "home"))
    layers.parse_for_every_home()
    return folder


def models() -> set[str]:
    nodes = json.loads((config.home().root / "dbt" / "manifest.json").read_text())["nodes"].values()
    return {node["name"] for node in nodes}


def test_a_home_takes_over_what_was_read_and_dbt_reads_nothing_anew(project: Path) -> None:
    assert layers.take_reading() and models() == {"one"}
    layers.parse()
    assert "Unable to do partial parsing" not in (config.home().root / "dbt" / "dbt.log").read_text()


def test_what_was_read_before_the_project_changed_is_not_taken(project: Path) -> None:
    (project / "models" / "two.sql").write_text("select 2 as two")
    later = (project / "target" / "manifest.json").stat().st_mtime + 1
    os.utime(project / "models" / "two.sql", (later, later))
    assert not layers.take_reading()
    layers.parse()
    assert models() == {"one", "two"}


def test_a_home_that_was_built_in_keeps_what_it_has(project: Path) -> None:
    layers.parse()
    mine = config.home().root / "dbt" / "manifest.json"
    before = mine.stat().st_mtime_ns
    assert layers.take_reading() and mine.stat().st_mtime_ns == before


def test_what_changes_between_two_layers_is_written_down_and_what_does_not_is_not_written_again(project: Path) -> None:
    layers.parse()
    mine = config.home().root / "dbt" / "manifest.json"
    before = mine.stat().st_mtime_ns
    layers.parse()
    assert mine.stat().st_mtime_ns == before
    (project / "models" / "two.sql").write_text("select 2 as two")
    layers.parse()
    assert models() == {"one", "two"}
    (project / "models" / "one.sql").unlink()
    layers.parse()
    assert models() == {"two"}
