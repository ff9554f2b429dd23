"""Every customer with an order is scored once a model, by the champion or by the baseline, which says so."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from ml.models.spec import spec_names
from ml.models.train import train
from ml.scoring import score
from ml.scoring.score import score_customers
from regulars.contracts import Column
from regulars.errors import DataHeld

from .synthetic import AS_OF, FEATURES, Place

SCORES = "work.score.customer_score"
SCRIPT = """
import sys
from pathlib import Path
from ml.scoring.score import score_customers
from tests.ml.synthetic import AS_OF, FEATURES
score_customers(Path(sys.argv[1]), Path(sys.argv[2]), AS_OF, FEATURES)
"""


def scored(place: Place) -> dict[str, Any]:
    return score_customers(place.candidate, place.models, AS_OF, FEATURES)


def crown(place: Place, *models: str) -> None:
    for model in models or spec_names():
        place.registry.promote(model, train(model, place.candidate, place.registry, AS_OF, "p", "c", FEATURES))


def test_on_the_first_night_the_rules_score_and_say_so(place: Place) -> None:
    told = scored(place)
    assert {model: entry["version"] for model, entry in told.items()} == {
        "churn": "recency_rule",
        "ltv": "last_period_revenue",
        "clusters": None,
    }
    assert place.ask(f"select count(*), bool_and(is_baseline) from {SCORES}") == [(480, True)]
    assert place.ask("select count(*) from work.score.model_quality") == [(0,)]
    assert place.ask("select count(*) from work.score.model_lift") == [(0,)]


def test_who_objects_to_profiling_this_night_has_no_score(place: Place) -> None:
    objectors = "insert into work.intermediate.int_consent__objectors values"
    place.change(f"{objectors} ('{AS_OF}', 7), (timestamp '{AS_OF}' - interval 7 day, 8)")
    told = scored(place)
    assert {told[model]["customers"] for model in spec_names()} == {239}
    assert place.ask(f"select count(*) from {SCORES} where customer_id = 7") == [(0,)]
    assert place.ask(f"select count(*) from {SCORES} where customer_id = 8") == [(2,)]
    assert place.ask(f"select count(distinct decile) from {SCORES}") == [(10,)]


def test_a_trained_rule_scores_while_no_model_is_champion(place: Place) -> None:
    train("churn", place.candidate, place.registry, AS_OF, "p", "c", FEATURES)
    assert scored(place)["churn"]["version"] == "recency_rule_calibrated"
    stated, real = place.ask(
        f"select avg(probability), (select avg(is_churned::integer) "
        f"from work.intermediate.int_training__customer_labels) from {SCORES} where model = 'churn'"
    )[0]
    assert stated == pytest.approx(real, abs=0.1)


def test_a_champion_scores_and_its_figures_stand_beside_the_rule(place: Place) -> None:
    crown(place, "churn")
    told = scored(place)
    assert not told["churn"]["is_baseline"] and told["ltv"]["is_baseline"]
    assert place.ask(f"select distinct model, version from {SCORES} where not is_baseline") == [
        ("churn", told["churn"]["version"])
    ]
    figures = dict(place.ask("select scorer, value from work.score.model_quality where metric = 'roc_auc'"))
    assert figures["model"] > figures["baseline"]  # type: ignore[operator]
    assert place.ask("select scorer, count(*), sum(customers) from work.score.model_lift group by all order by 1") == [
        ("baseline", 10, 240),
        ("model", 10, 240),
    ]


@pytest.mark.parametrize("champions", [(), ("churn", "ltv")])
def test_the_table_has_the_columns_of_the_mart(place: Place, champions: tuple[str, ...]) -> None:
    for model in champions:
        crown(place, model)
    scored(place)
    described = {name: kind for name, kind, *_ in place.ask(f"describe {SCORES}")}
    assert described == {
        "customer_id": "BIGINT",
        "as_of": "TIMESTAMP",
        "model": "VARCHAR",
        "version": "VARCHAR",
        "horizon_days": "INTEGER",
        "probability": "DECIMAL(9,6)",
        "amount": "DECIMAL(18,2)",
        "currency": "VARCHAR",
        "decile": "INTEGER",
        "is_baseline": "BOOLEAN",
        "baseline_reason": "VARCHAR",
        "reason_1": "VARCHAR",
        "reason_2": "VARCHAR",
        "reason_3": "VARCHAR",
    }


def test_a_probability_has_no_currency_and_an_amount_has_one(place: Place) -> None:
    crown(place)
    scored(place)
    kinds = f"select distinct model, probability is null, amount is null, currency from {SCORES} order by model"
    assert place.ask(kinds) == [("churn", False, True, None), ("ltv", True, False, "USD")]
    assert place.ask(f"select count(*) from {SCORES} where probability not between 0 and 1 or amount < 0") == [(0,)]


def test_deciles_are_of_equal_size_and_ten_is_the_highest(place: Place) -> None:
    crown(place)
    scored(place)
    sizes = f"select model, decile, count(*) from {SCORES} group by all order by all"
    assert place.ask(sizes) == [(model, decile, 24) for model in ("churn", "ltv") for decile in range(1, 11)]
    overlaps = (
        f"select count(*) from {SCORES} as low join {SCORES} as high on low.model = high.model "
        "and low.decile < high.decile "
        "and coalesce(low.probability, low.amount) > coalesce(high.probability, high.amount)"
    )
    assert place.ask(overlaps) == [(0,)]


def test_equal_customers_are_ordered_by_their_id(place_of: Callable[..., Place]) -> None:
    place = place_of(change="update drawn set net_revenue_28d = 5")
    scored(place)
    found = place.ask(f"select decile from {SCORES} where model = 'ltv' order by customer_id")
    assert [decile for (decile,) in found] == [1 + 10 * place // 240 for place in range(240)]


def test_a_customer_without_an_order_is_not_scored(place_of: Callable[..., Place]) -> None:
    place = place_of(
        change="update drawn set days_since_last_order = null where customer_id = 3 and as_of = '2018-01-01'"
    )
    assert scored(place)["churn"]["customers"] == 239
    assert place.ask(f"select count(*) from {SCORES} where customer_id = 3") == [(0,)]


def test_nobody_to_score_gives_an_empty_table(place_of: Callable[..., Place]) -> None:
    place = place_of(change="delete from drawn where as_of = '2018-01-01'")
    assert scored(place)["churn"]["customers"] == 0
    assert place.ask(f"select count(*) from {SCORES}") == [(0,)]


def test_scores_do_not_depend_on_the_size_of_batches(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    crown(place, "churn")
    scored(place)
    whole = place.content_hash()
    monkeypatch.setattr(score, "BATCH_ROWS", 7)
    scored(place)
    assert place.content_hash() == whole


def test_killed_between_batches_the_old_scores_stay_and_a_rerun_gives_the_new(
    place: Place, run_child: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    scored(place)
    rules = place.content_hash()
    crown(place, "churn")
    ended = run_child(SCRIPT, place.candidate, place.models, failpoint="score.mid_batches:kill:2")
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert place.content_hash() == rules
    scored(place)
    after_kill = place.content_hash()
    scored(place)
    assert place.content_hash() == after_kill != rules
    assert place.ask(f"select count(*), count(distinct (customer_id, model)) from {SCORES}") == [(480, 480)]


@pytest.mark.parametrize(("columns", "named"), [(FEATURES[:-1], "has_card"), (FEATURES[::-1], "another order")])
def test_while_the_champion_knows_other_columns_the_rule_scores_and_says_why(
    place: Place, columns: list[Column], named: str
) -> None:
    crown(place, "churn")
    told = score_customers(place.candidate, place.models, AS_OF, columns)["churn"]
    assert told["is_baseline"] and told["version"] == "recency_rule_calibrated"
    reasons = f"select distinct model, is_baseline, baseline_reason from {SCORES} order by model"
    (churn, ltv) = place.ask(reasons)
    assert churn[2].startswith("champion ") and churn[2].endswith(f" was trained on other columns: {named}")  # type: ignore[attr-defined]
    assert ltv == ("ltv", True, "no trained model has beaten it yet")
    assert place.ask("select count(*) from work.score.model_quality where basis = 'trial'") == [(0,)]
    assert not scored(place)["churn"]["is_baseline"]
    assert place.ask(reasons)[0] == ("churn", False, None)


def test_a_champion_whose_file_was_changed_is_refused_and_the_old_scores_stay(place: Place) -> None:
    crown(place, "churn")
    version = scored(place)["churn"]["version"]
    before, path = place.content_hash(), place.models / "churn" / version / "booster_0.txt"
    path.write_text(path.read_text().replace("leaf_value=", "leaf_value=1", 1))
    with pytest.raises(DataHeld, match="denied") as refused:
        scored(place)
    assert "rollback" in refused.value.next_step
    assert place.content_hash() == before
