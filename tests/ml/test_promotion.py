"""A challenger scores only when it beats the champion and the baseline on a later period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ml.models.ensemble import Ensemble
from ml.models.spec import ModelSpec
from ml.models.train import train
from ml.registry.promotion import compare, promote_if_better
from regulars.contracts import Column
from regulars.errors import RegularsError

from .synthetic import AS_OF, FEATURES, NOISE, Place


def trained(place: Place, as_of: datetime = AS_OF, features: list[Column] = FEATURES) -> str:
    return train("churn", place.candidate, place.registry, as_of, "publication-1", "code-1", features)


def champion(place: Place) -> str | None:
    pointer = place.registry.pointer("churn")
    return pointer["version"] if pointer else None


def test_the_first_model_that_beats_the_rule_becomes_champion(place: Place, churn: ModelSpec) -> None:
    version = trained(place)
    assert champion(place) is None
    decision = promote_if_better(place.registry, churn, version)
    assert decision["promoted"] and decision["figure"] > decision["baseline"]
    assert champion(place) == version
    again = promote_if_better(place.registry, churn, version)
    assert not again["promoted"] and again["reasons"] == ["it is the champion already"]


def test_a_model_that_does_not_beat_the_rule_stays_out(place: Place, churn: ModelSpec) -> None:
    decision = promote_if_better(place.registry, churn, trained(place, features=NOISE))
    assert not decision["promoted"] and "not better than the baseline" in decision["reasons"][0]
    assert champion(place) is None


def test_a_gain_that_is_too_small_does_not_count(place: Place, churn: ModelSpec) -> None:
    decision = promote_if_better(place.registry, replace(churn, minimum_gain=0.9), trained(place))
    assert not decision["promoted"]


def test_a_champion_of_an_earlier_month_is_judged_by_what_it_foretold(place: Place, churn: ModelSpec) -> None:
    early = trained(place, AS_OF - timedelta(days=14))
    assert promote_if_better(place.registry, churn, early)["promoted"]
    decision = promote_if_better(place.registry, churn, trained(place))
    # The challenger's trial was trained on exactly what the champion was trained on: a tie, and a tie changes nothing.
    assert decision["champion"] == decision["figure"]
    assert not decision["promoted"] and "not better than the champion" in decision["reasons"][0]
    assert champion(place) == early


def test_a_worse_champion_gives_way(place: Place, churn: ModelSpec) -> None:
    registry, version = place.registry, trained(place)
    good = registry.load("churn", version)
    worse = Ensemble(good.ensemble.features, good.ensemble.booster_texts[:1], {"kind": "none"})
    earlier = (AS_OF - timedelta(days=60)).isoformat()
    quality = {**good.quality, "origin": earlier}
    card = {name: good.card[name] for name in ("model", "horizon_days")}
    registry.promote("churn", registry.save("churn", worse, {**card, "as_of": earlier}, quality))
    decision = promote_if_better(registry, replace(churn, promotion_metric="brier"), trained(place))
    assert decision["metric"] == "brier" and decision["champion"] is not None
    decision = promote_if_better(registry, churn, trained(place))
    assert decision["promoted"] == (decision["figure"] > decision["champion"])


def test_a_champion_that_has_learned_from_the_period_stays(place: Place, churn: ModelSpec) -> None:
    later = trained(place)
    assert promote_if_better(place.registry, churn, later)["promoted"]
    decision = promote_if_better(place.registry, churn, trained(place, AS_OF - timedelta(days=7)))
    assert not decision["promoted"] and "has learned from the period" in decision["reasons"][0]
    assert champion(place) == later


def test_a_champion_of_other_columns_cannot_score_and_gives_way(place: Place, churn: ModelSpec) -> None:
    assert promote_if_better(place.registry, churn, trained(place))["promoted"]
    decision = promote_if_better(place.registry, churn, trained(place, features=FEATURES[:-1]))
    assert decision["promoted"] and "other columns" in decision["reasons"][1]


def test_a_champion_whose_files_were_changed_gives_way(place: Place, churn: ModelSpec) -> None:
    first = trained(place, AS_OF - timedelta(days=14))
    promote_if_better(place.registry, churn, first)
    (place.models / "churn" / first / "booster_0.txt").write_text("tree")
    decision = promote_if_better(place.registry, churn, trained(place))
    assert decision["promoted"] and "files were changed" in decision["reasons"][1]


def test_a_version_that_was_not_compared_with_this_champion_is_refused(
    place: Place, churn: ModelSpec, place_of: Callable[..., Place]
) -> None:
    first, second = trained(place, features=FEATURES[:-1]), trained(place)
    place.registry.promote("churn", first)
    with pytest.raises(RegularsError, match="has not been compared"):
        promote_if_better(place.registry, churn, second)
    frame = place.frame(churn).at(AS_OF - timedelta(days=14))
    compare(place.registry, churn, second, frame)
    assert promote_if_better(place.registry, churn, second)["promoted"]
