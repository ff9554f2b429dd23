"""A challenger scores only when it beats the champion and the baseline on a later period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ml.models.ensemble import Ensemble
from ml.models.spec import ModelSpec
from ml.models.train import train
from ml.registry.promotion import promote_by_hand, promote_if_better
from ml.registry.wording import proposal_text
from regulars.contracts import Column
from regulars.errors import ApprovalNeeded, RegularsError

from .synthetic import AS_OF, FEATURES, NOISE, Place


def trained(place: Place, as_of: datetime = AS_OF, features: list[Column] = FEATURES) -> str:
    return train("churn", place.candidate, place.registry, as_of, "publication-1", "code-1", features)


def champion(place: Place) -> str | None:
    pointer = place.registry.pointer("churn")
    return pointer["version"] if pointer else None


def figure_of(decision: dict[str, Any], scorer: str = "challenger") -> float:
    return decision["comparison"]["scorers"][scorer]["figure"]


def test_the_first_model_that_beats_the_rule_becomes_champion(place: Place, churn: ModelSpec) -> None:
    version = trained(place)
    assert champion(place) is None
    decision = promote_if_better(place.registry, churn, version)
    assert decision["promoted"] and figure_of(decision) > figure_of(decision, "baseline")
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
    assert figure_of(decision, "champion") == figure_of(decision)
    assert not decision["promoted"] and "not better than the champion" in decision["reasons"][0]
    assert champion(place) == early


def a_worse_version(place: Place) -> str:
    """One booster of a good model, as if it had been trained long ago."""
    registry = place.registry
    good = registry.load("churn", trained(place))
    worse = Ensemble(good.ensemble.features, good.ensemble.booster_texts[:1], {"kind": "none"})
    earlier = (AS_OF - timedelta(days=60)).isoformat()
    quality = {**good.quality, "origin": earlier}
    card = {name: good.card[name] for name in ("model", "horizon_days")}
    return registry.save("churn", worse, {**card, "as_of": earlier}, quality)


def test_a_worse_champion_gives_way(place: Place, churn: ModelSpec) -> None:
    worse = a_worse_version(place)
    place.registry.promote("churn", worse)
    decision = promote_if_better(place.registry, churn, trained(place))
    assert decision["promoted"] and figure_of(decision) > figure_of(decision, "champion")
    scorers, gains = decision["comparison"]["scorers"], decision["comparison"]["gains"]
    assert all(judged["low"] < judged["figure"] < judged["high"] for judged in scorers.values())
    assert gains["baseline"]["low"] > 0 and gains["champion"]["low"] < gains["champion"]["high"]


def test_a_person_is_asked_before_a_champion_is_replaced_and_only_then(place: Place, churn: ModelSpec) -> None:
    first = a_worse_version(place)
    place.registry.promote("churn", first)
    version = trained(place)
    decision = promote_if_better(place.registry, churn, version, ask=True)
    assert decision["waits"] and not decision["promoted"] and champion(place) == first
    text = proposal_text([decision, {"waits": False}], days=3)
    assert text.startswith("### churn\n") and all(name in text for name in (version, first, "recency rule"))
    assert "| scorer | version | roc_auc |" in text and "no answer for 3 days" in text
    assert promote_if_better(place.registry, churn, version, reason="approved")["promoted"]
    assert champion(place) == version
    assert [entry["reason"] for entry in place.registry.history("churn")] == [None, "approved"]


@pytest.mark.parametrize("worn_out", ["nobody", "other columns", "changed files"])
def test_nobody_is_asked_where_no_champion_can_score(place: Place, churn: ModelSpec, worn_out: str) -> None:
    if worn_out != "nobody":
        features = FEATURES[:-1] if worn_out == "other columns" else FEATURES
        old = trained(place, AS_OF - timedelta(days=14), features)
        place.registry.promote("churn", old)
        if worn_out == "changed files":
            (place.models / "churn" / old / "booster_0.txt").write_text("tree")
    decision = promote_if_better(place.registry, churn, trained(place), ask=True)
    assert decision["promoted"] and not decision["waits"]
    assert proposal_text([decision], days=3) == ""


def test_by_hand_a_version_that_is_not_better_needs_a_reason_which_is_kept(place: Place, churn: ModelSpec) -> None:
    version = trained(place, features=NOISE)
    with pytest.raises(ApprovalNeeded, match="not better than the baseline") as refused:
        promote_by_hand(place.registry, churn, version, None)
    assert refused.value.exit_code == 4 and "--reason" in refused.value.next_step
    assert champion(place) is None
    promote_by_hand(place.registry, churn, version, "we want to see it")
    assert champion(place) == version
    (entry,) = place.registry.history("churn")
    assert (entry["version"], entry["action"], entry["reason"]) == (version, "promote", "we want to see it")


def test_by_hand_a_better_version_needs_no_reason_and_one_compared_with_another_champion_does(
    place: Place, churn: ModelSpec
) -> None:
    better, other = trained(place), trained(place, features=FEATURES[:-1])
    promote_by_hand(place.registry, churn, better, None)
    with pytest.raises(ApprovalNeeded, match="not been compared with the champion there is now"):
        promote_by_hand(place.registry, churn, other, None)
    promote_by_hand(place.registry, churn, better, None)
    assert len(place.registry.history("churn")) == 1


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
    assert "champion" not in decision["comparison"]["scorers"]


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
    assert trained(place) == second
    assert promote_if_better(place.registry, churn, second)["promoted"]
