"""What the gates do to the data: critical holds, warning sets aside, info reports; a second run changes nothing."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
import yaml

from regulars import config, failpoint, ledger, sources, warehouse
from regulars.errors import DataHeld, RegularsError
from regulars.quality import gx_on_duckdb
from regulars.quality.gate import gate_candidate, gate_landed
from tests.quality.landed_home import LandedHome, make

NO_HOUSEHOLD = "update line set household_id = null where _line = 7"
NEGATIVE = "update line set quantity = -1 where _line = 9"
NEXT_DAY = date(2017, 3, 2)


@pytest.fixture
def landed(tmp_path: Path) -> LandedHome:
    return make(tmp_path / "home")


def gate(landed: LandedHome) -> dict[str, object]:
    return gate_landed(landed.home, landed.world, "transactions")


def results(landed: LandedHome) -> dict[str, dict[str, object]]:
    rows = json.loads((landed.home.landed / "gates" / "transactions.json").read_text())
    return {row["expectation"]: row for row in rows}


def test_clean_contents_are_accepted(landed: LandedHome) -> None:
    first, empty = landed.land("a"), landed.land_header_only("b", NEXT_DAY)
    told = gate(landed)
    assert told == {
        "source": "transactions",
        "accepted_contents": 2,
        "held_contents": 0,
        "judged_rows": 200,
        "set_aside_rows": 0,
        "broken": {},
    }
    assert {landed.contents()[sha]["status"] for sha in (first, empty)} == {"accepted"}
    assert not list(landed.home.candidates.iterdir())


def test_critical_holds_only_the_content_it_is_broken_in(landed: LandedHome) -> None:
    bad, good = landed.land("a", NO_HOUSEHOLD), landed.land("b", day=NEXT_DAY)
    with pytest.raises(DataHeld) as held:
        gate(landed)
    assert held.value.exit_code == 3
    assert "transactions__basket_line: household_id_is_known is broken (1 rows)" in held.value.what
    assert "2017-03-01" in held.value.where
    contents = landed.contents()
    assert (contents[bad]["status"], contents[bad]["reason"]) == ("held", "gate: household_id_is_known")
    assert contents[good]["status"] == "accepted"
    assert landed.reasons() == []
    assert [(line, reason) for _, line, _, reason in landed.refused(bad)] == [(7, "gate: household_id_is_known")]


def test_a_basket_of_two_households_holds_its_content(landed: LandedHome) -> None:
    bad = landed.land("a", "update line set basket_id = 1 where _line in (2, 3)")
    with pytest.raises(DataHeld, match="basket_has_several_households"):
        gate(landed)
    assert [line for _, line, *_ in landed.refused(bad)] == [2, 3]


def test_warning_sets_the_row_aside_with_reason_line_and_time(landed: LandedHome) -> None:
    sha = landed.land("a", NEGATIVE, "update line set sales_value = -5, quantity = -1 where _line = 11")
    assert gate(landed)["set_aside_rows"] == 2
    assert (landed.contents()[sha]["status"], landed.contents()[sha]["set_aside_rows"]) == ("accepted", 2)
    known_at = datetime(2017, 3, 2, 4)
    assert landed.refused(sha) == [
        (sha, 9, known_at, "gate: quantity_is_beyond_reason"),
        (sha, 11, known_at, "gate: sales_value_is_beyond_reason"),
    ]
    assert [(row["reason"], row["rows"]) for row in landed.reasons()] == [
        ("gate: quantity_is_beyond_reason", 1),
        ("gate: sales_value_is_beyond_reason", 1),
    ]
    assert results(landed)["quantity_is_beyond_reason"]["unexpected_rows"] == 2


def test_more_bad_rows_than_the_source_allows_hold_the_content(landed: LandedHome) -> None:
    at_the_limit = landed.land("a", "update line set quantity = -1 where _line <= 7")
    beyond = landed.land("b", "update line set quantity = -1 where _line <= 8", day=NEXT_DAY)
    with pytest.raises(DataHeld, match=r"7 of 200 rows are bad, allowed are 1.00%"):
        gate(landed)
    contents = landed.contents()
    assert (contents[at_the_limit]["status"], contents[at_the_limit]["set_aside_rows"]) == ("accepted", 6)
    assert (contents[beyond]["status"], contents[beyond]["set_aside_rows"]) == ("held", 0)
    assert sum(row["rows"] for row in landed.reasons()) == 6


def test_info_is_reported_and_nothing_more(landed: LandedHome) -> None:
    sha = landed.land("a", "update line set quantity = 0 where _line <= 100")
    assert gate(landed)["broken"] == {"info": 1}
    found = results(landed)["quantity_is_not_zero"]
    assert (found["success"], found["severity"], found["unexpected_rows"], found["evaluated_rows"]) == (
        False,
        "info",
        99,
        200,
    )
    assert (landed.contents()[sha]["status"], landed.contents()[sha]["set_aside_rows"]) == ("accepted", 0)
    assert landed.refused(sha) == []


def test_gate_run_again_changes_nothing_and_still_holds_what_it_held(landed: LandedHome) -> None:
    bad, good = landed.land("a", NO_HOUSEHOLD), landed.land("b", NEGATIVE, day=NEXT_DAY)
    with pytest.raises(DataHeld):
        gate(landed)
    before = landed.contents(), landed.reasons(), landed.refused(bad), landed.refused(good)
    with pytest.raises(DataHeld):
        gate(landed)
    assert (landed.contents(), landed.reasons(), landed.refused(bad), landed.refused(good)) == before


def test_nothing_new_is_told_without_asking_gx(landed: LandedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    landed.land("a")
    gate(landed)
    earlier = results(landed)
    monkeypatch.setattr(gx_on_duckdb, "import_quietly", lambda: pytest.fail("GX was asked"))
    assert gate(landed)["accepted_contents"] == 0
    assert results(landed) == earlier


def test_corrected_file_under_the_same_name_releases_the_night(landed: LandedHome) -> None:
    bad = landed.land("a", NO_HOUSEHOLD, name="basket_line_2017-03-01.csv.gz")
    with pytest.raises(DataHeld):
        gate(landed)
    corrected = landed.land("b", name="basket_line_2017-03-01.csv.gz")
    assert gate(landed)["accepted_contents"] == 1
    assert {sha: row["status"] for sha, row in landed.contents().items()} == {bad: "held", corrected: "accepted"}


def test_content_judged_again_after_its_claim_was_dropped_is_accepted_whole(
    landed: LandedHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sha = landed.land("a", NO_HOUSEHOLD)
    with pytest.raises(DataHeld):
        gate(landed)
    shutil.copytree(config.PROJECT / "expectations", tmp_path / "expectations")
    path = tmp_path / "expectations" / "landed" / "transactions__basket_line.yml"
    suite = yaml.safe_load(path.read_text())
    suite["expectations"] = [claim for claim in suite["expectations"] if claim["name"] != "household_id_is_known"]
    path.write_text(yaml.safe_dump(suite))
    monkeypatch.setattr("regulars.quality.suites.load_suite.__defaults__", (tmp_path / "expectations",))
    assert gate(landed)["accepted_contents"] == 1
    assert (landed.contents()[sha]["reason"], landed.refused(sha)) == ("", [])


def test_refused_rows_of_a_source_with_personal_columns_stay_in_the_personal_place(
    landed: LandedHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    conf = Path(shutil.copytree(config.CONF, tmp_path / "conf"))
    path = conf / "sources" / "transactions__basket_line.yml"
    contract = yaml.safe_load(path.read_text())
    contract["columns"].append({"name": "cashier_name", "type": "text", "personal": True})
    path.write_text(yaml.safe_dump(contract))
    monkeypatch.setattr(config, "CONF", conf)
    sources.load_entity.cache_clear()
    sha = landed.land("a", NEGATIVE)
    gate(landed)
    sources.load_entity.cache_clear()
    assert landed.refused(sha) == []
    assert len(landed.refused(sha, below=landed.home.personal)) == 1


def test_landed_file_that_is_gone_is_named(landed: LandedHome) -> None:
    landed.land("a")
    shutil.rmtree(landed.home.landed / "transactions")
    with pytest.raises(RegularsError, match="landed file is gone") as told:
        gate(landed)
    assert "--full-rebuild" in told.value.next_step


def test_gate_killed_before_it_settles_ends_the_same_when_run_again(
    landed: LandedHome, in_a_killed_child: Callable[[str, Callable[[], object]], int]
) -> None:
    sha = landed.land("a", NEGATIVE)
    assert in_a_killed_child("quality.before_status:kill", lambda: gate(landed)) == signal.SIGKILL
    assert landed.contents()[sha]["status"] == "landed"
    assert gate(landed)["set_aside_rows"] == 1
    assert (len(landed.refused(sha)), sum(row["rows"] for row in landed.reasons())) == (1, 1)


@pytest.fixture
def in_a_killed_child() -> Callable[[str, Callable[[], object]], int]:
    """Runs a call in a forked child with a failpoint set; gives the signal that ended it."""
    gx_on_duckdb.import_quietly()

    def run(point: str, call: Callable[[], object]) -> int:
        child = os.fork()
        if child == 0:
            os.environ[failpoint.VARIABLE] = point
            ledger._engine.cache_clear()
            try:
                call()
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        return os.WTERMSIG(status)

    return run


def change(tables: Path, statement: str) -> None:
    with warehouse.candidate(tables) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("boundary", ["profile", "scores", "segments"])
def test_clean_candidate_passes_and_leaves_its_results(boundary: str, tables: Path) -> None:
    told = gate_candidate(tables, boundary)
    rows = json.loads((tables / "gates" / f"{boundary}.json").read_text())
    assert (told["broken"], len(rows)) == ({}, told["claims"])
    assert {row["gate"] for row in rows} == {boundary}
    assert set(rows[0]) == {
        "gate",
        "table_name",
        "expectation",
        "severity",
        "success",
        "unexpected_rows",
        "evaluated_rows",
        "description",
    }


def test_candidate_with_a_critical_break_is_held_and_its_results_stay_readable(tables: Path) -> None:
    change(tables, "update regulars.marts.fct_order set net_revenue = 3.51 where order_id = '10'")
    with pytest.raises(DataHeld, match="fct_order: revenue_equals_that_of_the_lines is broken") as held:
        gate_candidate(tables, "profile")
    assert held.value.exit_code == 3
    rows = json.loads((tables / "gates" / "profile.json").read_text())
    assert [row["expectation"] for row in rows if not row["success"]] == [
        "revenue_equals_that_of_the_lines",
        "open_versions_are_the_orders",
    ]


def test_warning_and_info_in_a_candidate_are_reported_and_let_it_pass(tables: Path) -> None:
    change(tables, "update regulars.marts.customer_rfm set rfm_segment = null where customer_id = 2")
    change(tables, "update regulars.marts.fct_order_line set department = null where order_id = '11'")
    assert gate_candidate(tables, "profile")["broken"] == {"info": 1, "warning": 1}


def test_scores_are_judged_where_the_models_wrote_them_and_not_in_an_older_mart(tables: Path) -> None:
    change(tables, "create table regulars.marts.customer_score as from work.score.customer_score")
    change(tables, "update work.score.customer_score set probability = 2 where customer_id = 2")
    with pytest.raises(DataHeld, match="probability_lies_between_0_and_1"):
        gate_candidate(tables, "scores")


def test_candidate_can_be_written_to_right_after_its_gate(tables: Path) -> None:
    gate_candidate(tables, "segments")
    change(tables, "create table regulars.marts.later as select 1 as one")


def test_gate_stopped_half_way_leaves_no_results_and_passes_when_run_again(
    tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(failpoint.VARIABLE, "quality.mid_gate:raise")
    monkeypatch.setattr(failpoint, "_passed", {})
    with pytest.raises(RuntimeError, match=r"injected at quality\.mid_gate"):
        gate_candidate(tables, "scores")
    assert not (tables / "gates").exists()
    monkeypatch.delenv(failpoint.VARIABLE)
    assert gate_candidate(tables, "scores")["broken"] == {}


def test_missing_table_is_told_in_words(tables: Path) -> None:
    change(tables, "drop table regulars.marts.customer_rfm")
    with pytest.raises(RegularsError, match="'customer_rfm' is not there to be judged"):
        gate_candidate(tables, "profile")


@pytest.mark.parametrize(
    ("boundary", "table", "column", "claim"),
    [
        ("segments", "dim_segment", "rule", "'rule_is_known' could not be evaluated"),
        ("profile", "customer_rfm", "f", "'f_is_one_to_five' could not be evaluated: Binder Error"),
    ],
)
def test_missing_column_is_told_by_the_claim_that_names_it(
    boundary: str, table: str, column: str, claim: str, tables: Path
) -> None:
    change(tables, f"alter table regulars.marts.{table} drop column {column}")
    with pytest.raises(RegularsError, match=claim) as told:
        gate_candidate(tables, boundary)
    assert f"{table}.yml:" in told.value.where


def test_no_value_of_a_row_leaves_the_gate(
    tables: Path, landed: LandedHome, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    change(
        tables, "update regulars.marts.fct_order set order_id = 'canary-7431', customer_id = 987654321 where lines = 2"
    )
    change(tables, "update regulars.marts.dim_customer set customer_id = 987654321 where customer_id = 3")
    landed.land("a", "update line set household_id = 987654321, quantity = -987654321 where _line = 9")
    with caplog.at_level(logging.INFO), pytest.raises(DataHeld) as held:
        gate_candidate(tables, "profile")
    with caplog.at_level(logging.INFO), pytest.raises(DataHeld) as held_landed:
        gate(landed)
    written = (tables / "gates" / "profile.json").read_text() + json.dumps(results(landed))
    said = f"{held.value}{held_landed.value}{written}{caplog.text}{''.join(capfd.readouterr())}"
    assert "is broken" in said
    assert "canary-7431" not in said
    assert "987654321" not in said
