"""F3: what models read is not what they were trained on: that is told, scoring goes on, what is learned has to wait."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ml.models.ensemble import Ensemble
from ml.registry.store import Registry
from tests.faults import shop
from tests.faults.bench import Bench, assert_ended_well
from tests.faults.registry import fault

AMOUNT = shop.LINE_HEADER.index("sales_value")
MODEL = "churn"


@fault("F329", promise=["P3", "P7"])
def ten_times_as_much(bench: Bench) -> None:
    """amounts are delivered again ten times as high: an alarm, scoring runs, no version learned from it is promoted"""
    bench.start_from("golden")
    _deliver_lines(bench, lambda amount: str(Decimal(amount) * 10))
    _assert_told_and_blocked(bench, "revenue")


@fault("F329b", promise=["P3", "P7"])
def all_null(bench: Bench) -> None:
    """nobody paid anything, so that shares of revenue are null for everybody: told, scored, and training is refused"""
    bench.start_from("golden")
    _deliver_lines(bench, lambda _: "0.00")
    worse = _assert_told(bench, "is unknown of 100.0% of customers")
    refused = bench.apart(train_now)
    assert refused.exit_code == 1 and "the label is 0 for everybody" in refused.told, refused.told[-600:]
    assert bench.versions()[MODEL] == worse


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


def _assert_told(bench: Bench, words: str) -> str:
    """Everybody is scored by the champion, which is bad and whose name this gives; the run's summary has the alarm."""
    worse = _plant_contrary_champion(Registry(bench.home.models))
    assert_ended_well(bench.regulars("run"))
    assert bench.home.in_front != bench.golden["golden"], "the night was not published"
    scored = f"select distinct version, is_baseline from customer_score where model = '{MODEL}'"
    assert bench.ask(scored) == [(worse, False)]
    alarms = _night(bench)["alarms"]
    assert any(words in one for one in alarms), f"no alarm says '{words}': {alarms[:5]}"
    return worse


def _assert_told_and_blocked(bench: Bench, words: str) -> None:
    """And a better challenger, learned from it, is not promoted by itself."""
    worse = _assert_told(bench, words)
    assert_ended_well(bench.apart(train_now))
    (decision,) = [one for one in _decisions(bench) if one["model"] == MODEL]
    scorers = decision["comparison"]["scorers"]
    assert scorers["challenger"]["figure"] > scorers["champion"]["figure"], f"it would have had no chance: {scorers}"
    assert not decision["promoted"] and not decision["waits"], "promoted by itself"
    assert any("an input is in alarm" in reason for reason in decision["reasons"]), decision["reasons"]
    assert bench.versions()[MODEL] == worse


def _plant_contrary_champion(registry: Registry) -> str:
    """Let a version score that says the contrary of a good one, as if it had been trained long ago on the same."""
    good = registry.champion(MODEL)
    assert good is not None
    texts = tuple(_contrary(text) for text in good.ensemble.booster_texts)
    card = {name: good.card[name] for name in ("model", "horizon_days")} | {"as_of": "1997-06-01T00:00:00"}
    quality = {**good.quality, "origin": "1997-05-01T00:00:00"}
    contrary = Ensemble(good.ensemble.features, texts, {"kind": "none"})
    version = registry.save(MODEL, contrary, card, quality, good.reference)
    registry.promote(MODEL, version, reason="planted")
    return version


def _contrary(booster: str) -> str:
    """The text of a booster whose every leaf says the opposite; sizes of trees, which no longer fit, are left out."""
    lines = [line for line in booster.splitlines() if not line.startswith("tree_sizes=")]
    said = "leaf_value="
    return "\n".join(
        said + " ".join(str(-float(value)) for value in line.removeprefix(said).split())
        if line.startswith(said)
        else line
        for line in lines
    )


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
