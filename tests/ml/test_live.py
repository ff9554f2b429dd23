"""What was published is measured once its horizon has passed: by hand-made scores whose worth is known."""

from __future__ import annotations

from datetime import datetime

import pytest

from ml.models.train import train
from ml.scoring.score import score_customers

from .synthetic import AS_OF, FEATURES, Place

NIGHT = "timestamp '2017-11-01 04:00:00'"
LIVE = "from work.score.model_quality where basis = 'live'"


def publish(place: Place, *, version: str = "recency_rule", is_baseline: bool = True, label: str = "i > 70") -> None:
    """A hundred ripened churn scores 0.01 to 1.00, and lifetime values; ``label`` says who left."""
    place.change(
        f"insert into work.intermediate.int_training__scores_ripened select {NIGHT}, i, 'churn', '{version}', 14, "
        f"i / 100, null, {is_baseline}, {label}, 0 from range(1, 101) as r (i) union all "
        f"select {NIGHT}, i, 'ltv', 'last_period_revenue', 14, null, 2 * i, true, false, i from range(1, 101) as r (i)"
    )


def scored(place: Place) -> None:
    score_customers(place.candidate, place.models, AS_OF, FEATURES)


def test_published_scores_are_measured_against_what_happened(place: Place) -> None:
    publish(place)
    scored(place)
    found = {(model, metric): value for model, metric, value in place.ask(f"select model, metric, value {LIVE}")}
    assert found["churn", "roc_auc"] == found["churn", "pr_auc"] == 1
    assert found["churn", "base_rate"] == 0.3
    assert found["churn", "top_decile_lift"] == pytest.approx(1 / 0.3, abs=1e-6)
    # Bins of ten: stated 0.055 to 0.955, and in the upper three everybody left.
    stated = [bin / 10 + 0.055 for bin in range(10)]
    assert found["churn", "ece"] == pytest.approx(sum(abs(s - (b >= 7)) for b, s in enumerate(stated)) / 10, abs=1e-6)
    assert found["ltv", "normalised_gini"] == 1 and found["ltv", "bias"] == 1
    context = place.ask(f"select distinct scorer, origin, horizon_days, rows {LIVE}")
    assert context == [("baseline", datetime(2017, 11, 1, 4), 14, 100)]


def test_what_was_measured_once_is_carried_on_and_a_rerun_gives_the_same(place: Place) -> None:
    place.change(
        f"insert into work.previous.model_quality values ('churn', 'v0', 'model', 'roc_auc', 0.5, {NIGHT} - interval 1 "
        f"day, 14, 90, 'live'), ('churn', 'v0', 'model', 'roc_auc', 0.8, {NIGHT}, 14, 90, 'trial')"
    )
    publish(place)
    scored(place)
    first = place.content_hash("work.score.model_quality")
    assert place.ask(f"select version, value {LIVE} and rows = 90") == [("v0", 0.5)]
    scored(place)
    assert place.content_hash("work.score.model_quality") == first


@pytest.mark.parametrize(("trained", "measured"), [(datetime(2017, 11, 1, 4), True), (AS_OF, False)])
def test_a_version_that_had_learned_what_came_after_foretold_nothing(
    place: Place, trained: datetime, measured: bool
) -> None:
    version = train("churn", place.candidate, place.registry, AS_OF, "p", "c", FEATURES)
    stored = place.registry.load("churn", version)
    card = {name: stored.card[name] for name in ("model", "horizon_days")}
    place.registry.save("ltv", stored.ensemble, {**card, "as_of": trained.isoformat()}, stored.quality)
    (place.models / "churn" / version / "model.json").write_text(
        (place.models / "ltv" / version / "model.json").read_text()
    )
    publish(place, version=version, is_baseline=False)
    scored(place)
    metrics = {metric for (metric,) in place.ask(f"select metric {LIVE} and model = 'churn'")}
    assert ("roc_auc" in metrics) == measured and (metrics == {"not_measured"}) != measured


def test_a_night_after_which_everybody_left_is_told_and_not_measured(place: Place) -> None:
    publish(place, label="true")
    scored(place)
    assert place.ask(f"select metric, value, rows {LIVE} and model = 'churn'") == [("not_measured", None, 100)]
