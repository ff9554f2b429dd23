"""The suites that ship: each claim can fail, and a mistake in a suite is told with its line."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from regulars import config, warehouse
from regulars.errors import UsageError
from regulars.quality.findings import Finding
from regulars.quality.gate import SEARCH_PATHS
from regulars.quality.judge import judge
from regulars.quality.set_aside import Refusals, refuse
from regulars.quality.suites import BOUNDARIES, EXPECTATIONS, INFO, Expectation, Suite, load_suite, load_suites
from regulars.sources import load_entity, load_kinds

FAILING_ROWS: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(
    Path(__file__).with_name("failing_rows.yml").read_text()
)
SUITES = [suite for boundary in BOUNDARIES for suite in load_suites(boundary)]
CLAIMS = [
    pytest.param(suite, claim, id=f"{suite.boundary}-{suite.table}-{claim.name}")
    for suite in SUITES
    for claim in suite.expectations
]


def attached(folder: Path, boundary: str) -> tuple[dict[str, Path], str]:
    names = ["landed"] if boundary == "landed" else ["regulars", "work"]
    search_path = "landed.main" if boundary == "landed" else SEARCH_PATHS[boundary]
    return {name: folder / f"{name}.duckdb" for name in names}, search_path


def copy_and_break(folder: Path, suite: Suite, claim: Expectation) -> Suite:
    """A copy of the clean table, broken for one claim, and the suite of that claim alone; other tables stay clean."""
    files, search_path = attached(folder, suite.boundary)
    schema, copy = search_path.split(",")[0], f"{suite.table}__{claim.name}"
    with warehouse.memory() as connection:
        for name, path in files.items():
            connection.execute(f"attach {warehouse.quoted(path)} as {name}")
        connection.execute(f"set search_path = {warehouse.quoted(search_path)}")
        connection.execute(f"create table {schema}.{copy} as select * from {suite.table}")
        connection.execute(FAILING_ROWS[suite.boundary][suite.table][claim.name].replace("{batch}", f"{schema}.{copy}"))
    return dataclasses.replace(suite, table=copy, expectations=(claim,))


@pytest.fixture(scope="module")
def broken(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], tuple[Finding, int]]:
    """What was found of each claim on the table broken for it, and how many landed rows were refused for it."""
    folder = Path(shutil.copytree(clean, tmp_path_factory.mktemp("broken") / "tables"))
    found = {}
    for boundary in BOUNDARIES:
        suites = [suite for suite in SUITES if suite.boundary == boundary]
        claims = [(suite, claim) for suite in suites for claim in suite.expectations]
        alone = [copy_and_break(folder, suite, claim) for suite, claim in claims]
        row_key = ("_content", "_line") if boundary == "landed" else ()
        findings = judge(alone, *attached(folder, boundary), row_key)
        with warehouse.scratch(folder / "landed.duckdb") as connection:
            for (suite, claim), finding in zip(claims, findings, strict=True):
                refused = refuse(connection, [finding], ["a", "b"]) if boundary == "landed" else Refusals()
                found[boundary, suite.table, claim.name] = finding, refused.count("a") + refused.count("b")
    return found


def test_every_claim_has_a_row_that_breaks_it_and_no_row_is_left_over() -> None:
    claimed = {(suite.boundary, suite.table, claim.name) for suite in SUITES for claim in suite.expectations}
    broken = {
        (boundary, table, name)
        for boundary, by_table in FAILING_ROWS.items()
        for table, by_name in by_table.items()
        for name in by_name
    }
    assert len(claimed) > 50
    assert claimed - broken == set(), "write a change that breaks these to failing_rows.yml"
    assert broken - claimed == set(), "these claims are gone"


def test_every_entity_of_every_world_has_a_suite() -> None:
    worlds = sorted(path.stem for path in (config.CONF / "worlds").glob("*.yml"))
    assert worlds
    for entity in {entity for name in worlds for entity in config.world(name).entities}:
        assert load_suite("landed", load_entity(entity).suite).expectations
    assert all(load_suite("landed", kind.name).expectations for kind in load_kinds())


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_clean_tables_break_no_claim(boundary: str, clean: Path) -> None:
    suites = load_suites(boundary)
    findings = judge(suites, *attached(clean, boundary))
    assert len(findings) == sum(len(suite.expectations) for suite in suites)
    assert [finding for finding in findings if not finding.success] == []


@pytest.mark.parametrize(("suite", "claim"), CLAIMS)
def test_claim_is_broken_by_its_row(
    suite: Suite, claim: Expectation, broken: dict[tuple[str, str, str], tuple[Finding, int]]
) -> None:
    finding, refused_rows = broken[suite.boundary, suite.table, claim.name]
    assert not finding.success
    assert finding.severity == claim.severity
    assert finding.unexpected_rows is None or finding.unexpected_rows >= 1
    if suite.boundary == "landed":
        assert refused_rows == (0 if claim.severity == INFO else finding.unexpected_rows)


CLAIM = {
    "name": "household_id_is_known",
    "type": "expect_column_values_to_not_be_null",
    "column": "household_id",
    "severity": "critical",
    "description": "Known.",
}


@pytest.mark.parametrize(
    ("changed", "line", "words"),
    [
        ({"colum": "x"}, 9, "Unknown key 'colum'. Did you mean 'column'?"),
        ({"severity": "critcal"}, 7, "Did you mean 'critical'?"),
        ({"type": "expect_column_values_to_not_be_nul"}, 5, "Did you mean 'expect_column_values_to_not_be_null'?"),
        ({"severity": "warning"}, 4, "A warning on landed rows sets rows aside"),
    ],
)
def test_mistake_in_a_suite_is_told_with_file_and_line(
    changed: dict[str, Any], line: int, words: str, tmp_path: Path
) -> None:
    path = write_suite(tmp_path, [CLAIM | changed])
    with pytest.raises(UsageError) as told:
        load_suite("landed", "crm__household", tmp_path)
    assert told.value.where == f"{path}:{line}"
    assert words in told.value.what


def test_name_given_twice_is_told_at_the_second(tmp_path: Path) -> None:
    path = write_suite(tmp_path, [CLAIM, CLAIM])
    with pytest.raises(UsageError, match="given twice") as told:
        load_suite("landed", "crm__household", tmp_path)
    assert told.value.where == f"{path}:9"


def test_suite_under_another_tables_name_is_refused(tmp_path: Path) -> None:
    path = write_suite(tmp_path, [CLAIM])
    path.rename(path.with_name("crm__person.yml"))
    with pytest.raises(UsageError, match="'crm__household', but the file is named for 'crm__person'"):
        load_suite("landed", "crm__person", tmp_path)


def test_entity_without_a_suite_is_not_let_through() -> None:
    with pytest.raises(UsageError, match=r"No suite says what 'shop__receipt' must hold to") as told:
        load_suite("landed", "shop__receipt")
    assert "shop__receipt.yml" in told.value.next_step


def test_unknown_boundary_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'profile'"):
        load_suites("profiles")


def write_suite(root: Path, claims: list[dict[str, Any]]) -> Path:
    (root / "landed").mkdir()
    (root / "schema.json").write_text((EXPECTATIONS / "schema.json").read_text())
    path = root / "landed" / "crm__household.yml"
    suite = {"table": "crm__household", "description": "d", "expectations": [dict(claim) for claim in claims]}
    path.write_text(yaml.safe_dump(suite, sort_keys=False))
    return path
