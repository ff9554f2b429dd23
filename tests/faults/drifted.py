"""F3: what models read is not what they were trained on: it is told, scoring goes on, nothing learned from it scores."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.dags.planted import plant_worse_champion
from tests.faults import shop
from tests.faults.bench import Bench, assert_ended_well
from tests.faults.registry import fault

AMOUNT = shop.LINE_HEADER.index("sales_value")
MODEL = "churn"


@fault("F329", promise=["P3", "P7"], quick=True)
def ten_times_as_much(bench: Bench) -> None:
    """amounts are delivered again ten times as high: an alarm, scoring runs, no version learned from it is promoted"""
    bench.start_from("golden")
    _deliver_lines(bench, lambda amount: str(Decimal(amount) * 10))
    _assert_told_and_blocked(bench, "revenue")


@fault("F329b", promise=["P3", "P7"])
def all_null(bench: Bench) -> None:
    """nobody paid anything, so that shares of revenue are null for everybody: the same"""
    bench.start_from("golden")
    _deliver_lines(bench, lambda _: "0.00")
    _assert_told_and_blocked(bench, "is unknown of 100.0% of customers")


@fault("F329c", promise=["P3", "P7"])
def new_category(bench: Bench) -> None:
    """every product is in one new department: the same"""
    bench.start_from("golden")
    catalogue = pq.read_table(io.BytesIO(shop.products()))
    place = catalogue.column_names.index("department")
    changed = catalogue.set_column(place, "department", pa.array(["UNHEARD OF"] * len(catalogue)))
    pq.write_table(changed, bench.inbox / f"transactions/product_{shop.DELIVERIES[0]}.parquet")
    _assert_told_and_blocked(bench, "departments per order")


def _deliver_lines(bench: Bench, amount_of: Callable[[str], str]) -> None:
    """Correct every delivery of lines: the same names, other amounts."""
    for path in sorted((bench.inbox / "transactions").glob("basket_line_*")):
        rows = [[*row[:AMOUNT], amount_of(str(row[AMOUNT])), *row[AMOUNT + 1 :]] for row in shop.rows_in(path)]
        path.write_bytes(shop.basket_lines(rows))


def _assert_told_and_blocked(bench: Bench, words: str) -> None:
    """Everybody is scored by the champion, the alarm is in the run's summary, and a better challenger has to wait."""
    worse, _ = plant_worse_champion(bench.home.models, MODEL)
    assert_ended_well(bench.regulars("run"))
    assert bench.home.in_front != bench.golden["golden"], "the night was not published"
    scored = f"select distinct version, is_baseline from customer_score where model = '{MODEL}'"
    assert bench.ask(scored) == [(worse, False)]
    alarms = _night(bench)["alarms"]
    assert any(words in one for one in alarms), f"no alarm says '{words}': {alarms[:5]}"
    assert_ended_well(bench.apart(train_now))
    (decision,) = [one for one in _decisions(bench) if one["model"] == MODEL]
    scorers = decision["comparison"]["scorers"]
    assert scorers["challenger"]["figure"] > scorers["champion"]["figure"], "it would not have been promoted anyway"
    assert not decision["promoted"] and not decision["waits"], "promoted by itself"
    assert any("an input is in alarm" in reason for reason in decision["reasons"]), decision["reasons"]
    assert bench.versions()[MODEL] == worse


def _night(bench: Bench) -> dict[str, Any]:
    return json.loads(max(bench.home.root.glob("runs/nightly.*/summary.json"), key=_written).read_text())


def _decisions(bench: Bench) -> list[dict[str, Any]]:
    run = json.loads(max(bench.home.root.glob("runs/retrain_models.*/summary.json"), key=_written).read_text())
    (weighed,) = [task["outcome"] for task in run["tasks"] if task["task"] == "weigh"]
    return weighed


def _written(path: Any) -> float:
    return path.stat().st_mtime


def train_now() -> None:
    """The DAG that trains, for the last day, in this process."""
    from airflow.sdk import DAG

    from regulars import config, in_process
    from tests.faults.process import call_tasks

    DAG.test = call_tasks
    in_process.run_dag(config.home(), in_process.load_dags(config.home())[in_process.TRAINING], {})
