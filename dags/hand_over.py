"""What every task hands over when it ends: its outcome, or its error in words, and a note for the run's summary."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowSkipException
from schedule import IN_PROCESS, RETRIES

from regulars import config, logs
from regulars.errors import RegularsError, machine_trouble
from regulars.ledger import Ledger
from regulars.publish.run_summary import note_task


def told(step: Callable[..., Any]) -> Callable[..., Any]:
    """Make a task of ``step``: its errors end the task in words, without a retry that could not help."""

    @functools.wraps(step)
    def run(*arguments: Any, **named: Any) -> Any:
        if not IN_PROCESS:
            logs.open_task_log()
        ti, began = get_current_context()["ti"], time.monotonic()
        task = " ".join([ti.task_id.replace("_", " "), *(map(str, named.values()) if ti.map_index >= 0 else ())])
        place = f"{ti.dag_id} · {task}"

        def ended(state: str, outcome: object = None) -> None:
            note_task(config.home(), ti.run_id, ti.dag_id, task, state, time.monotonic() - began, outcome)

        ledger = Ledger(config.home().operations_url)
        ledger.renew_leases(ti.run_id)
        try:
            outcome = step(*arguments, **named)
        except AirflowSkipException as skipped:
            logs.tell_progress(f"{place} · skipped: {skipped}")
            ended("skipped", str(skipped))
            raise
        except Exception as error:
            is_last = ti.try_number > ti.max_tries or RETRIES.evaluate(error, 0, 0).action == RetryAction.FAIL
            unexpected = RegularsError(f"Unexpected {type(error).__name__}", next_step="run again with -v")
            words = error if isinstance(error, RegularsError) else machine_trouble(error) or unexpected
            ledger.record_failure(ti.run_id, place, words, ends_run=is_last)
            ended("failed" if is_last else "retried")
            raise
        logs.tell_progress(f"{place} · {time.monotonic() - began:.1f} s")
        ended("ended", outcome)
        return outcome

    return run
