"""What the documents name is there: files, verbs, rows, dependencies."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from regulars import config
from regulars.cli import main
from tests.docs.documents import anchors, documents, links, name_of, rows_of_tables

MISSION_ROWS = {
    "A": 20,
    "B": 13,
    "C": 7,
    "D": 12,
    "E": 19,
    "F": 9,
    "G": 13,
    "H": 5,
    "I": 7,
    "J": 7,
    "K": 9,
    "L": 9,
    "M": 8,
    "N": 6,
}
STATES = ("published data", "simulated", "untested", "later")

every_document = pytest.mark.parametrize("path", documents(), ids=name_of)


@every_document
def test_every_relative_link_leads_somewhere_in_the_project(path: Path) -> None:
    broken = []
    for link in links(path):
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        is_outside = not target.is_relative_to(config.PROJECT)
        if is_outside or not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


@every_document
def test_every_make_verb_named_is_in_the_makefile(path: Path) -> None:
    known = set(re.findall(r"^([a-z-]+):", (config.PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ |: +)make ([a-z-]+)", path.read_text()))
    assert named <= known


@every_document
def test_every_regulars_verb_named_is_there(path: Path) -> None:
    named = re.findall(r"(?:`|\$ (?:\.venv/bin/)?|/bin/)regulars (?:-[qv] )?([a-z]+)(?: ([a-z]+))?", path.read_text())
    unknown = []
    for verb, below in named:
        command = main.commands.get(verb)
        inner = getattr(command, "commands", None)
        if command is None or (inner is not None and below not in inner):
            unknown.append(f"{verb} {below}".strip())
    assert not unknown


@every_document
def test_every_file_named_in_code_marks_is_there(path: Path) -> None:
    text = path.read_text()
    named = set(re.findall(r"`((?:src|tests|docs|dags|conf|scripts|ml|dbt_project|expectations)/[\w./-]+\.\w+)`", text))
    shown_to_be_made = set(re.findall(r"^`([\w./-]+)`\n\n```yaml", text, re.MULTILINE))
    recipe = {name for name in named if "support" in name}
    assert {name for name in named - shown_to_be_made - recipe if not (config.PROJECT / name).exists()} == set()


def _coverage() -> list[list[str]]:
    return rows_of_tables(config.PROJECT / "docs" / "coverage.md")


def test_coverage_names_every_mission_row_once_and_in_order() -> None:
    expected = [f"{letter}{number}" for letter, count in MISSION_ROWS.items() for number in range(1, count + 1)]
    assert [row[0] for row in _coverage()] == expected


def test_a_row_that_is_covered_names_a_place_and_a_test_that_exist() -> None:
    wrong = []
    for number, _what, place, proof, state in _coverage():
        is_there = state.startswith("published data") or state.startswith("simulated")
        if not state.startswith(STATES) or is_there != proof.startswith("`tests/") or is_there != (place != "–"):
            wrong.append(number)
        if is_there and not (config.PROJECT / proof.strip("`")).is_file():
            wrong.append(number)
    assert not wrong


def test_places_of_coverage_exist() -> None:
    places = {name for row in _coverage() for name in re.findall(r"`([\w./*]+/[\w./*]*)`", row[2])}
    assert {place for place in places if not list(config.PROJECT.glob(place.rstrip("/")))} == set()


def test_every_pitfall_names_a_test_that_exists() -> None:
    rows = rows_of_tables(config.PROJECT / "docs" / "pitfalls.md")
    assert len(rows) >= 20
    for pitfall, _instead, guard in rows:
        path, _, name = guard.strip("`").partition("::")
        assert f"\ndef {name}(" in (config.PROJECT / path).read_text(), pitfall


def test_dependencies_gives_a_reason_for_each_and_for_nothing_else() -> None:
    project = tomllib.loads((config.PROJECT / "pyproject.toml").read_text())
    declared = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    section = (config.PROJECT / "docs" / "dependencies.md").read_text().split("## How the locks")[0]
    explained = re.findall(r"^\| ([\w-]+) \| .{5,} \|$", section, re.MULTILINE)
    assert explained == [Requirement(line).name for line in declared]


def test_notices_name_every_dependency_with_the_licence_it_declares() -> None:
    namespace: dict[str, object] = {"__name__": "licences", "__file__": str(config.PROJECT / "scripts" / "licences.py")}
    exec((config.PROJECT / "scripts" / "licences.py").read_text(), namespace)
    assert str(namespace["table"]()) in (config.PROJECT / "THIRD_PARTY_NOTICES.md").read_text()


def test_every_settings_variable_of_operations_is_read_by_the_program() -> None:
    text = (config.PROJECT / "docs" / "operations.md").read_text()
    named = set(re.findall(r"^\| `(REGULARS_\w+)` \|", text, re.MULTILINE))
    source = "\n".join(path.read_text() for path in (config.PROJECT / "src").rglob("*.py"))
    assert named and {name for name in named if f'"{name}"' not in source} == set()


def test_the_license_is_the_one_the_package_declares() -> None:
    text = (config.PROJECT / "LICENSE").read_text()
    assert "Apache License" in text and "APPENDIX: How to apply the Apache License" in text
    assert 'license = "Apache-2.0"' in (config.PROJECT / "pyproject.toml").read_text()
    assert "Apache License 2.0" in (config.PROJECT / "README.md").read_text()


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    import regulars

    found = re.search(r"^## \[([\d.]+)\] - \d{4}-\d{2}-\d{2}$", (config.PROJECT / "CHANGELOG.md").read_text(), re.M)
    assert found and found[1] == regulars.__version__


def test_the_picture_of_the_report_is_small_enough_for_a_page() -> None:
    assert 20_000 < (config.PROJECT / "docs" / "images" / "report.png").stat().st_size < 300 * 1024
