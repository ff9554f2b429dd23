"""A person's tool is told what is red, in the error's own words; whatever it answers, the run goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from regulars import config, ledger, notify
from regulars.errors import DataHeld
from tests.pager import Pager, listening

SECRET = "Quillwort-Zembla"


@pytest.fixture
def pager() -> Iterator[Pager]:
    with listening() as found:
        yield found


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Airflow hands to a callback, with a row's value in the exception."""
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path))
    monkeypatch.delenv("REGULARS_OPERATIONS_URL", raising=False)
    held = DataHeld("Nothing accepted of crm__contact of 2026-01-05", where="inbox", next_step="deliver it")
    ledger.Ledger(config.home().operations_url).record_failure("run 1", "nightly · await receipts", held, ends_run=True)
    task = SimpleNamespace(dag_id="nightly", task_id="await_receipts", run_id="run 1")
    return {"ti": task, "exception": ValueError(SECRET)}


def test_a_failure_is_told_in_the_words_of_the_ledger_and_nothing_of_the_exception(
    pager: Pager, context: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_NOTIFY_URL", pager.url)
    notify.tell_failure(context)
    (told,) = pager.told
    assert told == {
        "world": config.world_name(),
        "event": "failed",
        "dag": "nightly",
        "task": "await_receipts",
        "run_id": "run 1",
        "exit_code": 3,
        "message": "inbox: Nothing accepted of crm__contact of 2026-01-05\n  Next: deliver it",
    }
    assert SECRET not in json.dumps(told)


def test_a_late_night_is_told(pager: Pager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_NOTIFY_URL", pager.url)
    notify.tell_late("nightly", 8)
    assert pager.told[0]["message"] == "'nightly' has not ended 8 hours after it was queued"


def test_without_an_address_nobody_is_told(pager: Pager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REGULARS_NOTIFY_URL", raising=False)
    assert notify.tell({"event": "late"}) is False
    assert pager.told == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/?token=secret", "file:///etc/passwd", "nonsense", "http://[::"])
def test_an_address_nobody_answers_fails_nothing_and_is_not_written_to_the_log(
    url: str, context: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REGULARS_NOTIFY_URL", url)
    monkeypatch.setattr(notify.logger("notify").parent, "propagate", True)
    notify.tell_failure(context)
    assert "nobody was told of failed" in caplog.text
    assert url not in caplog.text and SECRET not in caplog.text


def test_a_tool_that_refuses_fails_nothing(pager: Pager, monkeypatch: pytest.MonkeyPatch) -> None:
    pager.answer = 500
    monkeypatch.setenv("REGULARS_NOTIFY_URL", pager.url)
    assert notify.tell({"event": "late"}) is False
    assert len(pager.told) == 1
