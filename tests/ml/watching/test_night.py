"""A broken input is an alarm, scoring goes on, and no version learned from it is promoted by itself."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from ml.models.ensemble import Ensemble
from ml.models.spec import ModelSpec
from ml.models.train import train
from ml.registry.promotion import promote_by_hand, promote_if_better
from ml.scoring.score import score_customers
from ml.watching.alarms import inputs_in_alarm, training_wanted
from ml.watching.night import watch_night
from regulars import warehouse
from regulars.errors import ApprovalNeeded
from tests.ml.synthetic import AS_OF, FEATURES, Place

TONIGHT = f"where as_of = timestamp '{AS_OF}'"
BREAKS = {
    "all of it is null": (f"update regulars.marts.customer_features set loyalty = null {TONIGHT}", "loyalty"),
    "ten times as much": (
        f"update regulars.marts.customer_features set net_revenue_28d = net_revenue_28d * 10 {TONIGHT}",
        "net_revenue_28d",
    ),
    "a category nobody declared": (
        f"update regulars.marts.customer_features set tier = 'platinum' {TONIGHT} and customer_id % 20 = 0",
        "tier",
    ),
}
DRIFT = "work.score.drift"


def watched(place: Place) -> dict[str, Any]:
    score_customers(place.candidate, place.models, AS_OF, FEATURES)
    return watch_night(place.candidate, place.models, AS_OF, FEATURES)


def publish(place: Place, nights: int | None = None) -> None:
    """Let the training find in its copy of the publication what was watched tonight; ``nights``: for how long."""
    place.change(f"create or replace table regulars.marts.drift as from {DRIFT}")
    if nights:
        place.change(f"update regulars.marts.drift set nights = {nights} where state = 'alarm'")


def challenge(place: Place, churn: ModelSpec, *, ask: bool = False) -> dict[str, Any]:
    version = train("churn", place.candidate, place.registry, AS_OF, "p", "c", FEATURES)
    return promote_if_better(place.registry, churn, version, ask=ask)


def test_a_night_like_those_learned_from_has_no_alarm(night: Place) -> None:
    told = watched(night)
    assert told["alarms"] == told["new_alarms"] == [] and told["warnings"] == 0
    assert night.ask(f"select distinct state from {DRIFT}") == [("ok",)]
    # One row a feature for its spread and one for nulls, one for the undeclared of the text, one for the scores.
    assert told["watched"] == 2 * len(FEATURES) + 2


@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_input_is_an_alarm_scoring_goes_on_and_nothing_learned_from_it_is_promoted(
    challenged: Place, churn: ModelSpec, broken: str
) -> None:
    statement, name = BREAKS[broken]
    challenged.change(statement)
    told = watched(challenged)
    assert challenged.ask(
        "select count(*), count(probability) from work.score.customer_score where model = 'churn'"
    ) == [(600, 600)]
    found = challenged.ask(f"select distinct name from {DRIFT} where what = 'feature' and state = 'alarm' and is_break")
    assert found == [(name,)]
    assert any(f"'{name}'" in one for one in told["new_alarms"])
    publish(challenged)
    for ask in (False, True):
        decision = challenge(challenged, churn, ask=ask)
        assert not decision["promoted"] and not decision["waits"]
        assert all("an input is in alarm" in reason and f"'{name}'" in reason for reason in decision["reasons"])
    with pytest.raises(ApprovalNeeded, match="an input is in alarm"):
        promote_by_hand(challenged.registry, churn, decision["version"], None)
    promote_by_hand(challenged.registry, churn, decision["version"], "the shop has looked at it")
    assert challenged.registry.pointer("churn")["version"] == decision["version"]


def test_without_an_alarm_the_same_challenger_is_promoted(challenged: Place, churn: ModelSpec) -> None:
    watched(challenged)
    publish(challenged)
    assert challenge(challenged, churn)["promoted"]


def test_a_shift_that_lasts_without_looking_broken_asks_for_training_and_no_longer_blocks(challenged: Place) -> None:
    challenged.change(f"update regulars.marts.customer_features set loyalty = loyalty + 1 {TONIGHT}")
    watched(challenged)
    found = f"select name, is_break from {DRIFT} where state = 'alarm' and what = 'feature'"
    assert challenged.ask(found) == [("loyalty", False)]
    published = challenged.candidate / "regulars.duckdb"
    for nights, blocks in ((6, True), (7, False)):
        publish(challenged, nights)
        with warehouse.candidate(challenged.candidate, read_only=True) as connection:
            assert bool(inputs_in_alarm(connection, "churn")) == blocks
    # The good version was trained for this very night: another training would find nothing new.
    assert training_wanted(published, challenged.models) == []
    shutil.rmtree(challenged.models / "churn" / challenged.registry.pointer("churn")["previous"])
    wanted = training_wanted(published, challenged.models)
    assert wanted and all(one.endswith("for 7 nights") for one in wanted)
    publish(challenged, 6)
    assert training_wanted(published, challenged.models) == []


def test_nights_on_end_are_counted_from_the_publication_before(night: Place) -> None:
    night.change(BREAKS["all of it is null"][0])
    version = night.registry.pointer("churn")["version"]
    night.change(f"insert into work.previous.drift values ('churn', '{version}', 'feature', 'loyalty', 'psi', 3)")
    told = watched(night)
    nights = f"select measure, nights from {DRIFT} where name = 'loyalty' order by measure"
    assert night.ask(nights) == [("null_rise", 1), ("psi", 4)]
    assert any(one.endswith("(4 nights on end)") for one in told["alarms"])
    first = night.content_hash(DRIFT)
    watched(night)
    assert night.content_hash(DRIFT) == first


def test_a_version_older_than_watching_says_that_it_has_no_reference(night: Place) -> None:
    good = night.registry.champion("churn")
    assert good is not None
    card = {name: good.card[name] for name in ("model", "horizon_days", "as_of")}
    older = Ensemble(good.ensemble.features, good.ensemble.booster_texts[:1], {"kind": "none"})
    night.registry.promote("churn", night.registry.save("churn", older, card, good.quality))
    assert watched(night)["alarms"] == []
    ((what, state, because),) = night.ask(f"select what, state, because from {DRIFT} where model = 'churn'")
    assert (what, state) == ("reference", "unwatched") and "train again" in because


def test_shares_of_segments_are_held_against_the_earliest_night_of_four_weeks(night: Place) -> None:
    rows = [
        ("2017-12-01", "New", 10),
        ("2017-12-04", "New", 400),
        ("2017-12-04", "Loyal", 200),
        ("2017-12-20", "New", 9),
    ]
    for day, name, customers in rows:
        night.change(f"insert into work.previous.segment_change values ('{day}', 'rfm', null, '{name}', {customers})")
    watched(night)
    segment = f"select figure, state from {DRIFT} where what = 'segment'"
    assert night.ask(segment) == [(0.0, "ok")]
    night.change("update regulars.marts.customer_rfm set rfm_segment = 'Lost'")
    watched(night)
    ((figure, state),) = night.ask(segment)
    assert figure > 1 and state == "alarm"


def test_a_live_figure_is_an_alarm_beyond_its_bound_and_beyond_chance(night: Place) -> None:
    watched(night)
    registry = night.registry
    version = registry.pointer("churn")["version"]
    trial = registry.load("churn", version).quality["metrics"]["model"]["roc_auc"]
    for rows, lost, state in ((100_000, 0.12, "alarm"), (100_000, 0.0, "ok"), (40, 0.12, "ok")):
        night.change("delete from work.score.model_quality where basis = 'live'")
        live = f"'churn', '{version}', 'model', 'roc_auc', {trial - lost}, timestamp '2017-12-01', 14, {rows}, 'live'"
        night.change(f"insert into work.score.model_quality values ({live})")
        watch_night(night.candidate, night.models, AS_OF, FEATURES)
        assert night.ask(f"select measure, state from {DRIFT} where what = 'live'") == [("loss", state)], (rows, lost)
