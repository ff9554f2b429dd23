"""Origins lie where their labels are complete, at starts of business days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ml.datasets.origins import label_end, origins_of, training_origins
from ml.models.spec import BaselineSpec, ModelSpec
from regulars.clock import business_day_start

ZONE = "America/New_York"
HISTORY_FROM = date(2017, 1, 1)
SPEC = ModelSpec(
    "churn", "churn", 28, 14, 12, 59, (), 400, 30, 40, False, "sigmoid", BaselineSpec("recency_rule", ()), "roc_auc", 0
)


def test_the_latest_origin_is_one_horizon_before_the_night() -> None:
    assert training_origins(SPEC, date(2018, 1, 1), HISTORY_FROM, ZONE)[-1] == datetime(2017, 12, 4, 5)


def test_an_origin_in_summer_is_midnight_of_summer_time() -> None:
    assert datetime(2017, 7, 17, 4) in training_origins(SPEC, date(2018, 1, 1), HISTORY_FROM, ZONE)


def test_a_label_over_the_change_of_clocks_is_whole_business_days() -> None:
    assert label_end(datetime(2017, 10, 23, 4), 28, ZONE) == datetime(2017, 11, 20, 5)


def test_a_label_east_of_greenwich_counts_the_days_of_the_shop() -> None:
    assert label_end(datetime(2017, 12, 3, 18, 15), 28, "Asia/Kathmandu") == datetime(2017, 12, 31, 18, 15)


def test_without_history_there_are_no_origins() -> None:
    assert training_origins(SPEC, date(2017, 3, 1), HISTORY_FROM, ZONE) == []


def test_several_models_share_their_origins_and_keep_their_horizons() -> None:
    other = replace(SPEC, name="other", horizon_days=14)
    pairs = origins_of([SPEC, SPEC, other], date(2018, 1, 1), HISTORY_FROM, ZONE)
    assert len(pairs) == len(set(pairs)) and pairs == sorted(pairs)
    assert {days for _, days in pairs} == {14, 28}


@settings(max_examples=40)
@given(
    st.dates(date(2017, 1, 1), date(2019, 1, 1)),
    st.sampled_from([7, 14, 28]),
    st.sampled_from([ZONE, "Asia/Kathmandu"]),
)
def test_every_label_is_complete_and_no_origin_lacks_history(day: date, every_days: int, zone: str) -> None:
    spec = replace(SPEC, every_days=every_days)
    origins = training_origins(spec, day, HISTORY_FROM, zone)
    oldest = business_day_start(HISTORY_FROM + timedelta(days=spec.minimum_history_days), zone)
    assert all(oldest <= origin for origin in origins)
    assert all(label_end(origin, spec.horizon_days, zone) <= business_day_start(day, zone) for origin in origins)
    assert len(origins) <= spec.origin_count + 2 * spec.horizon_days // every_days
