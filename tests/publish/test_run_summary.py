"""What each run leaves of itself, and that only the latest stay."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from regulars import ledger
from regulars.config import Home, world
from regulars.errors import DataHeld
from regulars.publish import run_summary
from regulars.publish.night import settle
from regulars.publish.run_summary import last_run, note_task
from regulars.publish.status import status_lines, status_of

DAY = date(2026, 1, 5)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("REGULARS_OPERATIONS_URL", raising=False)
    return Home(tmp_path)


def summary(home: Home, dag: str, run_id: str) -> dict[str, Any]:
    return json.loads((home.root / "runs" / f"{dag}.{run_id}" / "summary.json").read_text())


def test_a_run_keeps_its_tasks_its_publication_and_what_it_went_without(home: Home) -> None:
    note_task(home, "r1", "nightly", "lay out", "ended", 1.5, {"went_without": ["web__event"], "inputs": "x"})
    note_task(home, "r1", "nightly", "publish", "ended", 0.25, {"publication_id": "p1", "changed": True})
    found = summary(home, "nightly", "r1")
    assert [(task["task"], task["milliseconds"]) for task in found["tasks"]] == [("lay out", 1500), ("publish", 250)]
    assert (found["seconds"], found["publication_id"], found["went_without"]) == (1.75, "p1", ["web__event"])
    assert found["peak_rss_bytes"] > 10_000_000
    assert found["state"] == "published" and found["told"] == []


def test_what_is_in_alarm_stands_at_the_top(home: Home) -> None:
    note_task(home, "r1", "nightly", "watch", "ended", 0.1, {"alarms": ["orders have shifted"], "warnings": 2})
    assert summary(home, "nightly", "r1")["alarms"] == ["orders have shifted"]


def test_a_failed_run_says_why(home: Home) -> None:
    store = ledger.Ledger(home.operations_url)
    store.record_failure("r1", "land_crm · land files", DataHeld("two rows", where="inbox/crm"), ends_run=True)
    note_task(home, "r1", "land_crm", "land files", "failed", 0.1, None)
    found = summary(home, "land_crm", "r1")
    assert (found["state"], found["told"][0]["exit_code"]) == ("failed", 3)
    assert found["told"][0]["message"] == "inbox/crm: two rows"


def test_the_totals_of_the_ledger_are_those_of_all_contents(home: Home) -> None:
    store = ledger.Ledger(home.operations_url)
    rows = [
        {"source": "crm", "entity": "contact", "content_sha256": sha * 64, "business_date": day, "status": status}
        | {"reason": "", "read_rows": 10, "accepted_rows": 7, "quarantined_rows": 3, "set_aside_rows": 1}
        for sha, status, day in (("a", "accepted", DAY), ("b", "held", DAY))
    ]
    with store.transaction() as connection:
        store.upsert(connection, ledger.content, rows)
    note_task(home, "r1", "land_crm", "gate rows", "ended", 0.1, None)
    assert summary(home, "land_crm", "r1")["ledger"] == {
        "contents": 2,
        "held_contents": 1,
        "read_rows": 20,
        "accepted_rows": 14,
        "quarantined_rows": 6,
        "set_aside_rows": 2,
    }


def test_runs_of_one_name_of_several_dags_stay_apart(home: Home) -> None:
    for dag in ("land_crm", "land_web"):
        note_task(home, "scheduled__2026-01-05T02:00:00+00:00", dag, "land files", "ended", 0.1, None)
    assert len(list((home.root / "runs").iterdir())) == 2
    assert len(summary(home, "land_crm", "scheduled__2026-01-05T02:00:00+00:00")["tasks"]) == 1


def test_only_the_latest_stay_in_folder_and_store(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_summary, "KEPT", 3)
    for number in range(6):
        note_task(home, f"r{number}", "nightly", "publish", "ended", 0.1, None)
        os.utime(home.root / "runs" / f"nightly.r{number}" / "summary.json", ns=(number, number))
    kept = sorted(path.name for path in (home.root / "runs").iterdir())
    assert "nightly.r5" in kept and len(kept) == 3
    rows = ledger.Ledger(home.operations_url).rows(ledger.task.select())
    assert sorted(f"nightly.{row['run_id']}" for row in rows) == kept


def test_a_summary_that_cannot_be_written_fails_nothing(home: Home) -> None:
    (home.root / "runs").write_text("in the way")
    note_task(home, "r1", "nightly", "publish", "ended", 0.1, None)


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(home: Home) -> None:
    note_task(home, "r1", "nightly", "publish", "ended", 0.1, None)
    folder = home.root / "runs" / "nightly.r1"
    dead, alive = folder / ".summary.json.999999999.part", folder / f".summary.json.{os.getppid()}.part"
    dead.write_text("{")
    alive.write_text("{")
    settle(home)
    assert not dead.exists() and alive.exists()


def test_the_status_names_the_last_run(home: Home) -> None:
    assert last_run(home) is None
    note_task(home, "r1", "nightly", "publish", "ended", 2, None)
    text = "\n".join(status_lines(status_of(home, world("complete_journey"))))
    assert "Last run: nightly, well so far, 2.0 s, at 20" in text and "runs/nightly.r1" in text
