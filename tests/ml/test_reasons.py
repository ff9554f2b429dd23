"""Why a score is what it is: contributions add up to it, signs are right, and the words are those of the contract."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from ml.models.ensemble import Ensemble
from ml.models.fit import fit_at
from ml.models.logistic import fit_logistic
from ml.models.spec import ModelSpec
from ml.models.train import train
from ml.scoring.reasons import sentence, strongest
from ml.scoring.score import score_customers
from regulars import warehouse
from regulars.contracts import Column

from .synthetic import AS_OF, FEATURES, Place

SCORES = "work.score.customer_score"


def test_contributions_of_trees_add_up_to_the_mean_raw_score(place: Place, churn: ModelSpec) -> None:
    frame = place.frame(churn)
    ensemble = fit_at(frame, churn, AS_OF).ensemble
    assert isinstance(ensemble, Ensemble)
    raw = [
        lightgbm.Booster(model_str=text).predict(frame.rows.matrix, raw_score=True) for text in ensemble.booster_texts
    ]
    told = ensemble.contributions(frame.rows.matrix)
    assert told.shape == (len(frame), len(FEATURES) + 1)
    assert np.ptp(told[:, -1]) == 0
    np.testing.assert_allclose(told.sum(axis=1), np.mean(raw, axis=0), rtol=0, atol=1e-9)


def test_contributions_of_a_line_are_coefficient_times_distance_from_the_mean(place: Place, churn: ModelSpec) -> None:
    frame = place.frame(churn)
    line = fit_logistic(frame)
    told = line.contributions(frame.rows.matrix)
    np.testing.assert_allclose(told.sum(axis=1), line.predict(frame.rows.matrix).ranking, rtol=0, atol=1e-9)
    column = [feature.name for feature in line.features].index("days_since_last_order")
    days = frame.rows.matrix[:, column]
    by_hand = line.coefficients[column] * (np.log1p(days) - line.means[column]) / line.scales[column]
    np.testing.assert_allclose(told[:, column], by_hand, rtol=0, atol=1e-12)
    gaps = [feature.name for feature in line.features].index("median_gap_days")
    assert np.all(told[np.isnan(frame.rows.matrix[:, gaps]), gaps] == 0)


def test_a_shop_too_small_for_its_highest_decile_is_scored_without_reasons(place: Place) -> None:
    place.registry.promote("ltv", train("ltv", place.candidate, place.registry, AS_OF, "p", "c", FEATURES))
    place.change(f"delete from regulars.marts.customer_features where as_of = '{AS_OF}' and customer_id > 1")
    score_customers(place.candidate, place.models, AS_OF, FEATURES)
    assert place.ask(f"select count(*), count(reason_1) from {SCORES} where model = 'ltv'") == [(1, 0)]


def test_what_speaks_of_one_thing_counts_together_and_pulls_the_way_it_is_said_to() -> None:
    contributions = np.array([[0.4, 0.3, -0.6, 0.5, -0.1], [-0.2, 0.9, 0.1, -0.8, 0.0]])
    speaks, total = strongest(contributions, ["silence", "silence", "spending", "basket", "basket"])
    assert speaks.tolist() == [[0, 2, 3], [3, 1, 2]]
    np.testing.assert_allclose(total, [[0.7, -0.6, 0.4], [-0.8, 0.7, 0.1]])


@pytest.mark.parametrize(
    ("days", "gap", "said"),
    [
        (63, 14, "no order for 63 days, usually every 14"),
        (1, None, "no order for 1 days"),
        (None, 14, "no order in the last 84 days"),
    ],
)
def test_a_sentence_gives_the_figure_leaves_out_what_is_unknown_and_says_what_null_means(
    place: Place, days: int | None, gap: int | None, said: str
) -> None:
    column = Column("days", "integer", "", {"null_means": "no order in the window", "window": "84 days"})
    spoken = sentence("no order for {value} days[, usually every {gap}]", [column], column)
    with warehouse.candidate(place.candidate) as connection:
        row = "select cast(? as integer) as days, cast(? as integer) as gap"
        assert connection.execute(f"select {spoken} from ({row}) as f", [days, gap]).fetchall() == [(said,)]


@pytest.mark.parametrize(
    ("kind", "unit", "figure", "said"),
    [
        ("double", "share", 0.126, "it's 13 %"),
        ("double", "times", 4.449, "it's 4.4"),
        ("decimal(18,2)", "currency", 12.5, "it's 12.50 USD"),
        ("double", "currency", 12.504, "it's 12.50 USD"),
        ("bigint", "orders", 3, "it's 3"),
    ],
)
def test_a_figure_is_written_by_its_unit(place: Place, kind: str, unit: str, figure: float, said: str) -> None:
    spoken = sentence(
        "it's {value}", [], Column("it", kind, "", {"null_means": "unknown", "window": "all", "unit": unit})
    )
    with warehouse.candidate(place.candidate) as connection:
        found = connection.execute(f"select {spoken} from (select cast(? as {kind}) as it) as f", [figure]).fetchall()
    assert found == [(said,)]


def test_the_highest_scores_are_explained_and_silence_says_why(place: Place) -> None:
    for model in ("churn", "ltv"):
        place.registry.promote(model, train(model, place.candidate, place.registry, AS_OF, "p", "c", FEATURES))
    score_customers(place.candidate, place.models, AS_OF, FEATURES)
    counts = f"select model, min(decile), count(*) from {SCORES} where reason_1 is not null group by all order by all"
    assert place.ask(counts) == [("churn", 1, 240), ("ltv", 8, 72)]
    # Who leaves was drawn by loyalty above all: the less, the likelier.
    ends = f"select distinct split_part(reason_1, ' of ', 1) from {SCORES} where model = 'churn' and decile = ?"
    assert place.ask(ends.replace("?", "10")) == [("higher: loyalty",)]
    assert place.ask(ends.replace("?", "1")) == [("lower: loyalty",)]
    assert place.ask(f"select count(*) from {SCORES} where reason_1 similar to '.*( 1 days| 1 orders).*'") == [(0,)]


def test_a_rule_gives_its_one_reason(place: Place) -> None:
    score_customers(place.candidate, place.models, AS_OF, FEATURES)
    days = (
        "select days_since_last_order, median_gap_days, reason_1, reason_2 from regulars.marts.customer_features "
        f"inner join {SCORES} using (customer_id, as_of) where model = 'churn' order by customer_id"
    )
    for silent, gap, reason, second in place.ask(days):
        usually = "" if gap is None else f", usually every {gap}"
        assert second is None
        assert reason == f"rule: no order for {silent} day{'' if silent == 1 else 's'}{usually}"
