"""One quiet log for people; the noise of libraries is kept out of it.

``REGULARS_LOG_LEVEL`` (or ``-q`` and ``-v`` on the command line) sets how much is told. Nothing personal is logged.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings

LEVEL_VARIABLE = "REGULARS_LOG_LEVEL"
PROGRESS_VARIABLE = "REGULARS_PROGRESS"
_NOISY = (
    "great_expectations",
    "dbt",
    "alembic",
    "airflow",
    "sqlalchemy",
    "httpx",
    "urllib3",
    "py.warnings",
    "asyncio",
    "stdout",
)


def logger(name: str) -> logging.Logger:
    """The logger of one room, below the name ``regulars``."""
    return logging.getLogger(f"regulars.{name}")


def is_verbose() -> bool:
    """Whether libraries may speak too."""
    return os.environ.get(LEVEL_VARIABLE, "WARNING").upper() in {"INFO", "DEBUG"}


def set_up() -> None:
    """Write our own log to standard error at the wanted level; let libraries speak from ERROR upwards."""
    level = os.environ.get(LEVEL_VARIABLE, "WARNING").upper()
    root = logging.getLogger("regulars")
    if not root.handlers:
        handler = logging.StreamHandler()
        told = "%(asctime)s %(name)s %(levelname)s %(message)s" if is_verbose() else "  %(levelname)s %(message)s"
        handler.setFormatter(logging.Formatter(told))
        root.addHandler(handler)
    root.setLevel(level)
    root.propagate = False
    if level != "DEBUG":
        for name in _NOISY:
            logging.getLogger(name).setLevel(logging.ERROR)
        warnings.simplefilter("ignore")


def open_task_log() -> None:
    """Let our own words from INFO upwards into the log of a task of Airflow, whose handlers take WARNING of all."""
    logging.getLogger("regulars").setLevel(logging.INFO)
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.INFO)


def tell_progress(words: str) -> None:
    """Tell whoever gave the command how far it is."""
    if os.environ.get(PROGRESS_VARIABLE) and sys.__stderr__:
        sys.__stderr__.write(f"  {words}\n")
