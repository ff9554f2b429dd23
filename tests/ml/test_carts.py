"""Scores of open carts: a champion's, or the rule's, which says so and states no probability it never learned."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from ml.datasets.frame import Frame, Rows
from ml.datasets.schema import feature_schema
from ml.models.fit import TrainingRefused, fit_at
from ml.models.spec import ModelSpec, load_spec
from ml.models.train import train, train_where_possible
from ml.registry.promotion import promote_if_better
from ml.registry.store import Registry
from ml.scoring.carts import MODEL, score_carts
from regulars import config, warehouse
from regulars.contracts import Column

AS_OF = datetime(2025, 11, 3)
PERIODS = 8
COLUMNS = [Column("value", "decimal(18,2)", "", {}), Column("orders_168d", "bigint", "", {})]
SCORES = "from work.score.cart_score order by customer_id"


@pytest.fixture(autouse=True)
def shipped_conf(small_conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CONF", config.PROJECT / "conf")


@pytest.fixture
def spec() -> ModelSpec:
    return load_spec(MODEL)


def candidate(folder: Path, tonight: int = 40, customers: int = 150, change: str = "") -> Path:
    """Carts of ``customers`` in each of eight periods, and of ``tonight``: a cheap one is bought, whoever left it."""
    random = np.random.default_rng(7)
    for name in ("regulars", "work"):
        warehouse.create(folder / f"{name}.duckdb")
    begins = [AS_OF - timedelta(days=28 * (PERIODS - number)) for number in range(PERIODS)]
    value = random.integers(1, 100, PERIODS * customers)
    left = pa.table(
        {
            "as_of": pa.array(np.repeat(np.array(begins, "datetime64[us]"), customers)),
            "customer_id": np.tile(np.arange(customers), PERIODS),
            "value": value,
            "orders_168d": random.integers(0, 5, len(value)),
            "is_recovered": random.random(len(value)) < np.where(value < 30, 0.6, 0.1),
        }
    )
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema work.run; create schema work.intermediate")
        connection.execute(
            "create table work.run.period (target varchar, as_of timestamp, begins timestamp, ends timestamp)"
        )
        connection.register("carts_left", left)
        connection.execute(
            "create table work.intermediate.int_moments__carts_labelled as "
            "select * replace (value::decimal(18, 2) as value) from carts_left"
        )
        for begin in begins:
            ends = begin + timedelta(days=28)
            connection.execute("insert into work.run.period values ('cart_recovery', ?, ?, ?)", [begin, begin, ends])
        connection.execute(
            "create table work.intermediate.int_behaviour__carts_open as select i as customer_id, 'c' || i as cart_id, "
            f"(i * 2)::decimal(18, 2) as value, (i % 3)::bigint as orders_168d from range({tonight}) as carts (i)"
        )
        if change:
            connection.execute(change)
    return folder


def ask(folder: Path, query: str) -> list[tuple[object, ...]]:
    with warehouse.candidate(folder, read_only=True) as connection:
        return connection.execute(query).fetchall()


def trained(folder: Path, models: Path, spec: ModelSpec) -> str:
    registry = Registry(models)
    version = train(MODEL, folder, registry, AS_OF, "p", "0", COLUMNS)
    assert promote_if_better(registry, spec, version)["promoted"]
    return version


def test_a_champion_that_beat_its_rule_scores_and_calls_high_what_is_likely(tmp_path: Path, spec: ModelSpec) -> None:
    folder, models = candidate(tmp_path / "c"), tmp_path / "models"
    version = trained(folder, models, spec)
    told = score_carts(folder, models, AS_OF, COLUMNS)
    assert told == {MODEL: {"version": version, "is_baseline": False, "baseline_reason": None, "carts": 40}}
    rows = ask(folder, f"select customer_id, cart_id, probability::double, band, decile, horizon_days {SCORES}")
    assert [row[:2] for row in rows] == [(number, f"c{number}") for number in range(40)]
    cheap, dear = [row[2] for row in rows[:13]], [row[2] for row in rows[20:]]
    assert 0.4 < np.mean(cheap) < 0.8 and 0.02 < np.mean(dear) < 0.25
    assert spec.bands
    for _, _, probability, band, _, days in rows:
        likely = probability >= spec.bands.high
        assert band == ("high" if likely else "medium" if probability >= spec.bands.medium else "low")
        assert days == 7
    by_decile = sorted((row[4], row[2]) for row in rows)
    assert [row[1] for row in by_decile] == sorted(row[2] for row in rows)
    assert [row[0] for row in by_decile] == sorted(list(range(1, 11)) * 4)


def test_the_same_carts_give_the_same_version_and_the_same_scores(tmp_path: Path, spec: ModelSpec) -> None:
    said = []
    for name in ("one", "other"):
        folder = candidate(tmp_path / name)
        trained(folder, tmp_path / f"{name}-models", spec)
        score_carts(folder, tmp_path / f"{name}-models", AS_OF, COLUMNS)
        with warehouse.candidate(folder, read_only=True) as connection:
            said.append(warehouse.content_hash(connection, "work.score.cart_score"))
    assert said[0] == said[1]


def test_before_anything_was_learned_carts_are_ranked_and_no_probability_is_stated(tmp_path: Path) -> None:
    folder = candidate(tmp_path / "c")
    told = score_carts(folder, tmp_path / "models", AS_OF, COLUMNS)[MODEL]
    assert told["is_baseline"] and told["baseline_reason"] == "no trained model has beaten it yet"
    assert ask(folder, f"select count(probability), count(band) {SCORES.split(' order')[0]}") == [(0, 0)]
    ranks = ask(
        folder,
        "select max(decile) filter (orders_168d = 0) <= min(decile) filter (orders_168d = 2), max(decile) "
        "from work.score.cart_score join work.intermediate.int_behaviour__carts_open using (customer_id)",
    )
    assert ranks == [(True, 10)]


def test_columns_a_champion_was_not_trained_on_are_left_to_the_rule(tmp_path: Path, spec: ModelSpec) -> None:
    folder, models = candidate(tmp_path / "c"), tmp_path / "models"
    trained(folder, models, spec)
    told = score_carts(folder, models, AS_OF, COLUMNS[1:])[MODEL]
    assert told["is_baseline"] and "trained on other columns: value" in told["baseline_reason"]
    assert ask(folder, f"select count(*) - count(probability) {SCORES.split(' order')[0]}") == [(0,)]


def test_a_night_without_carts_writes_an_empty_table(tmp_path: Path) -> None:
    folder = candidate(tmp_path / "c", tonight=0)
    assert score_carts(folder, tmp_path / "models", AS_OF, COLUMNS)[MODEL]["carts"] == 0
    assert ask(folder, "select count(*) from work.score.cart_score") == [(0,)]


CARTS = "work.intermediate.int_moments__carts_labelled"


@pytest.mark.parametrize(
    ("customers", "change", "why"),
    [
        (0, "", "no label of 7 days is complete"),
        (49, "", "49 customers, fewer than 50"),
        (150, f"update {CARTS} set is_recovered = false", "the label is 0 for everybody"),
        (150, f"update {CARTS} set value = 1, orders_168d = 1", "every feature has one value only"),
    ],
)
def test_carts_that_teach_nothing_are_refused_and_the_night_goes_on(
    tmp_path: Path, customers: int, change: str, why: str
) -> None:
    folder, registry = candidate(tmp_path / "c", customers=customers, change=change), Registry(tmp_path / "models")
    with pytest.raises(TrainingRefused, match=why):
        train(MODEL, folder, registry, AS_OF, "p", "0", COLUMNS)
    assert train_where_possible(MODEL, folder, registry, AS_OF, "p", "0", lambda model: COLUMNS) == ""
    assert registry.versions(MODEL) == []
    assert score_carts(folder, tmp_path / "models", AS_OF, COLUMNS)[MODEL]["is_baseline"]


def test_what_is_known_after_an_instant_is_not_learned_from(tmp_path: Path, spec: ModelSpec) -> None:
    """Labels of the latest period turned round change nothing of a fit made when it began."""
    from ml.datasets.moments import moment_frame

    folder = candidate(tmp_path / "c")
    with warehouse.candidate(folder, read_only=True) as connection:
        frame: Frame = moment_frame(connection, spec, COLUMNS)
        assert frame.features == feature_schema(connection, COLUMNS, CARTS)
    origin = frame.origins[-1]
    turned = np.where(frame.as_of == np.datetime64(origin, "us"), 1 - frame.label, frame.label)
    other = Frame(frame.features, Rows(**vars(frame.rows)), frame.as_of, frame.label_end, turned)
    assert fit_at(other, spec, origin).ensemble == fit_at(frame, spec, origin).ensemble
