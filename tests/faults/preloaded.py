"""Imports, once for all forks, what takes seconds. Airflow, which binds itself to a home, gets one nobody uses."""

import importlib
import os
from pathlib import Path

os.environ["AIRFLOW_HOME"] = str(Path(os.environ["REGULARS_CONF"]).with_name("airflow_of_forks"))
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

for name in (
    # Before Airflow, which would write its every word.
    "great_expectations",
    "dbt.cli.main",
    "dbt.adapters.duckdb.connections",
    "pyarrow.parquet",
    "regulars.cli",
    "regulars.quality.gate",
    "regulars.report.page",
    "regulars.activate.export",
    "regulars.publish.swap",
    "ml.models.train",
    "ml.scoring.score",
    "airflow.sdk",
    "airflow.timetables.interval",
):
    importlib.import_module(name)
