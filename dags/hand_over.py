"""What every task hands over when it ends: its outcome, or its error in words."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from regulars import config
from regulars.errors import RegularsError
from regulars.ledger import Ledger

T = TypeVar("T")


def told(step: Callable[..., T]) -> Callable[..., T]:
    """Make a task of ``step``: its errors end the task in words, without a retry that could not help."""

    @functools.wraps(step)
    def run(*arguments: Any, **named: Any) -> T:
        task, began = get_current_context()["ti"], time.monotonic()
        mapped_over = map(str, named.values()) if task.map_index >= 0 else ()
        place = f"{task.dag_id} · {' '.join([task.task_id.replace('_', ' '), *mapped_over])}"
        ledger = Ledger(config.home().operations_url)
        try:
            outcome = step(*arguments, **named)
        except RegularsError as error:
            ledger.record_failure(task.run_id, place, error, ends_run=True)
            raise AirflowFailException(str(error)) from None
        except AirflowSkipException as skipped:
            _say(f"{place} · skipped: {skipped}")
            raise
        except Exception as error:
            unexpected = RegularsError(f"Unexpected {type(error).__name__}", next_step="run again with -v")
            ledger.record_failure(task.run_id, place, unexpected, ends_run=task.try_number > task.max_tries)
            raise
        _say(f"{place} · {time.monotonic() - began:.1f} s")
        return outcome

    return run


def _say(progress: str) -> None:
    """Tell whoever started the run by the command line how far it is."""
    if os.environ.get("REGULARS_PROGRESS"):
        sys.__stderr__.write(f"  {progress}\n")
