"""The forecast a shop makes each night: learned once, kept, weighed, and said anew of what is known by then."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml import learning
from ml.forecast.registry import ForecastRegistry, files_of, learned_of
from ml.forecast.shop import instant_of, shop_log, wall_time
from ml.forecast.snapshot import take_snapshot
from ml.forecast.train import train_forecast
from ml.registry.card import card_text
from ml.registry.comparison import comparison_of
from ml.scoring.forecasts import write_forecasts
from ml.watching.finding import Finding
from ml.watching.season import season_findings
from ml.watching.spec import load_spec as watch_spec
from regulars import config, warehouse
from regulars.errors import DataHeld, UsageError
from tests.conftest import PROJECT
from tests.ml.forecast.logs import BEGIN, write_log
from tests.ml.synthetic import write_conf

ZONE = "America/New_York"
NIGHT = datetime(2024, 7, 1, 4)
"""00:00 in New York, as UTC."""
_SPEC = """
target: net_revenue
horizon_days: 28
learner: log
baseline: {rule: last_period_revenue, columns: [spend_5]}
promotion: {metric: normalised_gini, minimum_gain: 0}
"""


@dataclass(frozen=True)
class Shop:
    """A candidate with the purchases of a log, and its registry."""

    candidate: Path
    models: Path

    @property
    def registry(self) -> ForecastRegistry:
        return ForecastRegistry(self.models)

    @property
    def version(self) -> str:
        """The one that was trained at NIGHT."""
        (version,) = self.registry.versions("forecast")
        return version

    def train(self, as_of: datetime = NIGHT) -> str:
        return train_forecast("forecast", self.candidate, self.registry, as_of, "a publication", "code")

    def weigh(self, version: str) -> dict[str, Any]:
        return learning.weigh(self.models, {"forecast": version}, ask=False)[0]

    def score(self, as_of: datetime = NIGHT) -> tuple[dict[str, Any], list[Any]]:
        with warehouse.candidate(self.candidate) as connection:
            connection.execute("create schema if not exists work.score")
            told = write_forecasts(connection, self.models, as_of)["forecast"]
            rows = connection.execute("select * from work.score.customer_forecast order by customer_id").fetchall()
        return told, rows

    def season(self) -> list[Finding]:
        with warehouse.candidate(self.candidate) as connection:
            return season_findings(connection, watch_spec(), self.registry)

    def change(self, sql: str) -> None:
        with warehouse.candidate(self.candidate) as connection:
            connection.execute(sql)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop that was trained for once; each test has a copy of it."""
    conf = tmp_path_factory.mktemp("conf")
    write_conf(conf / "models")
    _declare(conf)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "CONF", conf)
        shop = _shop(tmp_path_factory.mktemp("shop"), customers=260)
        shop.train()
    return shop


@pytest.fixture
def shop(trained: Shop, small_conf: Path, tmp_path: Path) -> Shop:
    _declare(small_conf)
    shutil.copytree(trained.candidate, tmp_path / "shop")
    return Shop(tmp_path / "shop", tmp_path / "shop" / "models")


def _declare(conf: Path) -> None:
    shutil.copytree(PROJECT / "conf" / "watch", conf / "watch")
    (conf / "models" / "log").mkdir()
    (conf / "models" / "log" / "forecast.yml").write_text(_SPEC)


def _shop(folder: Path, customers: int) -> Shop:
    log = write_log(folder / "log.csv", customers, 300)
    for name in ("regulars", "work"):
        warehouse.create(folder / f"{name}.duckdb")
    with warehouse.candidate(folder) as connection:
        connection.execute(
            "create schema work.run; create schema work.intermediate; create table work.run.context as "
            f"select '{ZONE}' as business_zone, 'USD' as reporting_currency"
        )
        connection.execute(
            "create table work.intermediate.int_forecast__purchases as select customer_id, ordered_at, "
            "amount::decimal(18, 2) as amount, true as is_order, 1 as lines, 1 as categories, "
            f"ordered_at + interval 6 hours as known_from, null::timestamp as known_until from '{log}'"
        )
    return Shop(folder, folder / "models")


def test_what_is_kept_says_to_the_last_bit_what_was_learned(shop: Shop) -> None:
    version = shop.version
    kept = shop.registry.load("forecast", version).learned
    again = learned_of(files_of(kept))
    with warehouse.candidate(shop.candidate, read_only=True) as candidate, shop_log(candidate) as log:
        snapshot = take_snapshot(log, wall_time(NIGHT, ZONE), 28)
    said, said_again = kept.say(snapshot), again.say(snapshot)
    assert kept.grown is not None
    for column in ("p_active", "expected_orders", "expected_spend", "spend_low", "spend_high"):
        assert np.array_equal(getattr(said, column), getattr(said_again, column))


def test_trained_again_it_is_the_same_version_and_its_trial_is_a_period_it_did_not_know(shop: Shop) -> None:
    version = shop.version
    assert shop.train() == version
    quality = shop.registry.load("forecast", version).quality
    assert datetime.fromisoformat(quality["origin"]) == NIGHT - timedelta(days=28)
    assert 0.5 < quality["metrics"]["model"]["roc_auc"] <= 1
    card = card_text(shop.registry.load("forecast", version))
    assert "how far they are trusted was chosen by it" in card and "no fit had seen" not in card


def test_a_training_of_the_past_is_the_same_when_all_that_was_delivered_later_is_deleted(shop: Shop) -> None:
    past = NIGHT - timedelta(days=28)
    purchases, known_by = "work.intermediate.int_forecast__purchases", "timestamp '2024-06-03 00:00:00'"
    # A third of the orders before that day come after it; of others another version does.
    shop.change(f"update {purchases} set known_from = known_from + interval 40 days where customer_id % 3 = 0")
    shop.change(f"update {purchases} set known_until = {known_by} + interval 1 day where customer_id % 3 = 1")
    later = "select * replace (1000 as amount, known_until as known_from, null as known_until)"
    shop.change(f"insert into {purchases} {later} from {purchases} where customer_id % 3 = 1")
    version = shop.train(past)
    shop.change(f"delete from {purchases} where known_from > {known_by}")
    assert shop.train(past) == version != ""


def test_a_night_says_nothing_without_a_forecast_in_use_and_each_night_of_what_it_knows(shop: Shop) -> None:
    assert shop.score() == ({"version": None, "customers": 0}, [])
    version = shop.version
    assert shop.weigh(version)["promoted"]
    told, rows = shop.score()
    assert (told["version"], told["customers"]) == (version, len(rows))
    assert told["expected_spend_low"] < told["expected_spend"] < told["expected_spend_high"]
    assert shop.score() == (told, rows)
    later, _ = shop.score(NIGHT + timedelta(days=7))
    assert later["version"] == version
    assert later["expected_spend"] != told["expected_spend"]


def test_a_season_that_no_past_period_has_shown_is_an_alarm_while_a_forecast_is_in_use(shop: Shop) -> None:
    shop.score()
    assert shop.season() == []
    shop.weigh(shop.version)
    shop.score()
    (found,) = shop.season()
    assert (found.state, found.figure, found.version) == ("alarm", 1.0, shop.version)
    assert "28 days" in found.because
    level = shop.registry.level("forecast")
    assert level and not level.is_season_known
    shop.registry.note_level("forecast", replace(level, is_season_known=True))
    assert [one.state for one in shop.season()] == ["ok"]


def test_a_row_that_was_delivered_after_the_cut_off_changes_nothing_said_before_it(shop: Shop) -> None:
    shop.weigh(shop.version)
    _, rows = shop.score()
    shop.change(
        "insert into work.intermediate.int_forecast__purchases "
        "select customer_id, ordered_at, 999, true, 1, 1, '2024-07-01 00:00:01', null "
        "from work.intermediate.int_forecast__purchases where ordered_at < '2024-06-30'"
    )
    assert shop.score()[1] == rows
    assert shop.score(NIGHT + timedelta(days=1))[1] != rows


def test_a_champion_that_has_learned_from_the_period_stays_and_rollback_brings_back_the_one_before(shop: Shop) -> None:
    first = shop.train(NIGHT - timedelta(days=40))
    shop.weigh(first)
    second = shop.train()
    spec = learning.load_spec("forecast")
    judged = comparison_of(shop.registry, spec, second)
    assert judged and judged["basis"] == "the champion was trained before this period and foretold it"
    shop.registry.promote("forecast", second, reason="a person")
    third = shop.train(NIGHT + timedelta(days=7))
    assert not shop.weigh(third)["promoted"]
    assert "has learned from the period" in shop.weigh(third)["reasons"][-1]
    assert shop.registry.rollback("forecast") == first


def test_a_changed_file_is_refused_and_the_next_training_goes_on_without_it(shop: Shop) -> None:
    version = shop.version
    shop.weigh(version)
    tree = next((shop.models / "forecast" / version).glob("level_*.txt"))
    tree.write_text(tree.read_text().replace("leaf_value=", "leaf_value= ", 1))
    with pytest.raises(DataHeld, match="not as it was saved"):
        shop.score()
    assert shop.weigh(shop.train(NIGHT + timedelta(days=7)))["promoted"]


def test_a_shop_too_small_or_too_young_is_told_so_and_has_no_forecast(
    small_conf: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _declare(small_conf)
    shop = _shop(tmp_path, customers=60)
    assert shop.train() == ""
    assert "fewer than 200" in caplog.text
    assert shop.train(instant_of(BEGIN, ZONE)) == ""
    assert "There is no order before" in caplog.text
    assert learning.weigh(shop.models, {"forecast": ""}, ask=False) == []


def test_a_conf_of_models_is_what_its_schema_says(small_conf: Path) -> None:
    _declare(small_conf)
    (small_conf / "models" / "log" / "forecast.yml").write_text(_SPEC + "calibration: none\n")
    with pytest.raises(UsageError, match=r"does not allow 'none'"):
        learning.load_spec("forecast")
