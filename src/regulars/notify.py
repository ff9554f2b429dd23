"""Tells a person's tool (a chat, a pager) that something is red: one JSON object POSTed to ``REGULARS_NOTIFY_URL``.

It holds the error's own words and names of runs and tasks, and nothing of a row. Without the address nothing is sent.
Whatever goes wrong while telling is logged, and the run goes on as it would have.
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from regulars import config, ledger
from regulars.logs import logger

SECONDS = 10
"""An address that has not answered by then is given up."""


def tell(event: Mapping[str, Any]) -> bool:
    """POST ``event``; gives whether it was taken. Never raises."""
    url = os.environ.get("REGULARS_NOTIFY_URL")
    if not url:
        return False
    try:
        if not url.startswith(("http://", "https://")):
            raise ValueError("REGULARS_NOTIFY_URL is no http address")
        body = json.dumps({"world": config.world_name(), **event}, default=str).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - checked above
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return bool(answer.status < 300)
    except Exception as problem:
        # The address may hold a secret, and so may what a library says of it.
        logger("notify").warning("nobody was told of %s: %s", event.get("event"), type(problem).__name__)
        return False


def tell_failure(context: Mapping[str, Any]) -> None:
    """Tell that a task has failed for good, in the words the ledger keeps. Airflow calls it with the task's context."""
    task = context["ti"]
    event = {"event": "failed", "dag": task.dag_id, "task": task.task_id, "run_id": task.run_id}
    tell({**event, **_told(task.run_id)})


def _told(run_id: str) -> dict[str, Any]:
    table = ledger.failure
    try:
        store = ledger.Ledger(config.home().operations_url)
        rows = store.rows(sa.select(table).where(table.c.run_id == run_id).order_by(table.c.failed_at.desc()))
    except sa.exc.SQLAlchemyError:
        rows = []
    return {name: rows[0][name] for name in ("exit_code", "message")} if rows else {"message": "no words were left"}


def tell_late(dag_id: str, hours: int) -> None:
    """Tell that a run has not ended so many hours after it was due."""
    tell({"event": "late", "dag": dag_id, "message": f"'{dag_id}' has not ended {hours} hours after it was queued"})
