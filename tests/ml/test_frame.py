"""Frames say what the tables say, in one order, the same for learning and for scoring."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from ml.datasets.frame import scoring_batches
from ml.datasets.schema import Feature, feature_schema, schema_hash
from ml.models.spec import ModelSpec
from regulars import warehouse
from regulars.contracts import Column
from regulars.errors import RegularsError, UsageError

from .synthetic import AS_OF, FEATURES, ORIGINS, TIERS, Place


def column(place: Place, spec: ModelSpec, name: str) -> np.ndarray:
    frame = place.frame(spec)
    return frame.rows.matrix[:, [feature.name for feature in frame.features].index(name)]


def test_rows_come_by_origin_and_customer(place: Place, churn: ModelSpec) -> None:
    frame = place.frame(churn)
    pairs = list(zip(frame.as_of.tolist(), frame.rows.customer_id.tolist(), strict=True))
    assert pairs == sorted(pairs) and len(frame.origins) == ORIGINS


def test_null_is_nan_and_nothing_else_is(place: Place, churn: ModelSpec) -> None:
    (nulls,) = place.ask(
        "select count(*) from regulars.marts.customer_features where median_gap_days is null and as_of < '2018-01-01'"
    )[0]
    assert nulls and np.isnan(column(place, churn, "median_gap_days")).sum() == nulls
    assert not np.isnan(column(place, churn, "days_since_last_order")).any()


def test_a_text_is_the_place_of_its_category_and_an_undeclared_one_is_unknown(
    place_of: Callable[..., Place], churn: ModelSpec
) -> None:
    place = place_of(customers=60, change="update drawn set tier = 'platinum' where customer_id = 1")
    codes, customer = column(place, churn, "tier"), place.frame(churn).rows.customer_id
    assert np.isnan(codes[customer == 1]).all()
    (tier,) = place.ask("select any_value(tier) from regulars.marts.customer_features where customer_id = 2")[0]
    assert set(codes[customer == 2]) == {float(TIERS.index(str(tier)))}


def test_the_label_is_what_the_target_asks_for(place: Place, churn: ModelSpec, ltv: ModelSpec) -> None:
    labels = "work.intermediate.int_training__customer_labels"
    assert place.frame(churn).label.sum() == place.ask(f"select count(*) from {labels} where is_churned")[0][0]
    assert place.frame(ltv).label.sum() == pytest.approx(
        float(place.ask(f"select sum(net_revenue)::double from {labels}")[0][0])  # type: ignore[arg-type]
    )


def test_only_labels_that_had_happened_are_known(place: Place, churn: ModelSpec) -> None:
    instant = AS_OF - timedelta(days=28)
    known = place.frame(churn).known_at(instant)
    assert known.origins[-1] == instant - timedelta(days=14)
    assert len(known.known_at(instant - timedelta(microseconds=1)).origins) == len(known.origins) - 1


def test_scoring_reads_the_row_that_training_would_have_read(place: Place, churn: ModelSpec) -> None:
    frame = place.frame(churn)
    origin = frame.origins[2]
    with warehouse.candidate(place.candidate, read_only=True) as connection:
        schema = feature_schema(connection, FEATURES)
        batches = list(scoring_batches(connection, schema, churn.baseline.columns, origin, batch_rows=100))
    scored, trained = np.vstack([rows.matrix for rows in batches]), frame.at(origin).rows
    assert np.array_equal(scored, trained.matrix, equal_nan=True)
    assert np.array_equal(np.concatenate([rows.customer_id for rows in batches]), trained.customer_id)
    for name, values in trained.rule_inputs.items():
        read = np.concatenate([rows.rule_inputs[name] for rows in batches])
        assert np.array_equal(read, values, equal_nan=True)


def test_a_label_without_features_is_refused(place_of: Callable[..., Place], churn: ModelSpec) -> None:
    place = place_of(customers=60)
    with warehouse.candidate(place.candidate) as connection:
        connection.execute(
            "delete from regulars.marts.customer_features where customer_id = 7 and as_of < '2018-01-01'"
        )
    with pytest.raises(RegularsError, match=f"{ORIGINS} labels have no features"):
        place.frame(churn)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (Column("loyaltee", "double", ""), "no column 'loyaltee'. Did you mean 'loyalty'"),
        (Column("tier", "varchar", ""), "cannot learn from 'tier' of type VARCHAR"),
        (Column("as_of", "timestamp", ""), "cannot learn from 'as_of' of type TIMESTAMP"),
    ],
)
def test_a_column_no_model_can_learn_from_is_refused(
    place: Place, churn: ModelSpec, asked: Column, answer: str
) -> None:
    with pytest.raises(UsageError, match=answer):
        place.frame(churn, [asked])


@pytest.mark.parametrize(
    "other",
    [
        [Feature("a", "INTEGER"), Feature("b", "VARCHAR", ("x", "y"))][::-1],
        [Feature("a", "BIGINT"), Feature("b", "VARCHAR", ("x", "y"))],
        [Feature("a", "INTEGER"), Feature("b", "VARCHAR", ("y", "x"))],
        [Feature("a", "INTEGER")],
    ],
)
def test_order_type_and_categories_all_change_the_schema_hash(other: list[Feature]) -> None:
    assert schema_hash([Feature("a", "INTEGER"), Feature("b", "VARCHAR", ("x", "y"))]) != schema_hash(other)


def test_the_frame_holds_every_instant_as_microseconds_of_utc(place: Place, churn: ModelSpec) -> None:
    frame = place.frame(churn)
    kinds: tuple[Any, ...] = (frame.as_of.dtype, frame.label_end.dtype)
    assert {str(kind) for kind in kinds} == {"datetime64[us]"}
    assert isinstance(frame.origins[0], datetime)
