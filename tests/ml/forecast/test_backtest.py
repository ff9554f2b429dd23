"""A forecast from a file: what it may know, what it says, how it is judged, and when it says little or nothing."""

from __future__ import annotations

import json
import subprocess
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, mean_absolute_error, roc_auc_score, root_mean_squared_error

from ml.forecast import snapshot
from ml.forecast.backtest import Backtest, backtest, figures
from ml.forecast.forecast import BLEND, BTYD, TREES
from ml.forecast.log import read_log
from ml.forecast.snapshot import Outcome, take_snapshot, what_followed
from regulars import warehouse
from regulars.errors import RegularsError
from tests.conftest import regulars
from tests.ml.forecast.logs import write_log, write_rows

DAY, HORIZON_DAYS = date(2024, 6, 1), 30
INSTANT = datetime(2024, 6, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    write_log(folder / "log.csv", 260, 190)
    write_log(folder / "until.csv", 260, 190, until=INSTANT)
    return folder


@pytest.fixture(scope="module")
def judged(folder: Path) -> Backtest:
    return backtest(folder / "log.csv", DAY, HORIZON_DAYS, folder / "scores.parquet", {}, truth_after=True)


def _scores(path: Path) -> dict[str, np.ndarray]:
    with warehouse.memory() as connection:
        return connection.execute(f"select * from '{path}'").fetchnumpy()


def test_each_customer_with_an_order_before_has_one_row_that_hangs_together(folder: Path, judged: Backtest) -> None:
    scores = _scores(folder / "scores.parquet")
    with warehouse.memory() as connection:
        known = connection.execute(
            f"select distinct customer_id from '{folder / 'log.csv'}' where ordered_at < ? order by all", [INSTANT]
        ).fetchnumpy()["customer_id"]
    assert scores["customer_id"].tolist() == known.tolist()
    assert ((scores["p_active"] >= 0) & (scores["p_active"] <= 1)).all()
    assert (scores["expected_orders"] >= scores["p_active"]).all()
    low, spend, high = scores["spend_low"], scores["expected_spend"], scores["spend_high"]
    assert ((low >= 0) & (low <= spend) & (spend <= high)).all()
    assert set(scores["model"]) == {judged.forecast.model} <= {BTYD, BLEND, TREES}
    assert judged.forecast.total_low < spend.sum() < judged.forecast.total_high


def test_nothing_that_came_later_changes_a_byte(folder: Path, judged: Backtest) -> None:
    backtest(folder / "until.csv", DAY, HORIZON_DAYS, folder / "until.parquet", {})
    assert (folder / "until.parquet").read_bytes() == (folder / "scores.parquet").read_bytes()


def test_a_planted_feature_that_knows_the_future_is_found_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _is_blind_to_the_future(folder)
    honest = snapshot._template()
    leaking = honest.environment.from_string(
        (Path(snapshot.__file__).parent / "features.sql").read_text().replace("where {{ known }} and", "where")
    )
    monkeypatch.setattr(snapshot, "_template", lambda: leaking)
    assert not _is_blind_to_the_future(folder)


def _is_blind_to_the_future(folder: Path) -> bool:
    """Whether every row of features stays the same, to the last byte, when all that came later is taken away."""
    with warehouse.memory() as connection:
        read_log(connection, folder / "log.csv", {})
        before = take_snapshot(connection, INSTANT, HORIZON_DAYS)
        connection.execute("delete from purchase where ordered_at >= ?", [INSTANT])
        assert what_followed(connection, INSTANT, HORIZON_DAYS, before.customer).spend.sum() == 0
        return take_snapshot(connection, INSTANT, HORIZON_DAYS).matrix.tobytes() == before.matrix.tobytes()


def test_it_orders_customers_and_intervals_hold_about_as_many_as_they_say(judged: Backtest) -> None:
    assert judged.ours and judged.covered
    assert judged.ours["auc"] > 0.75
    assert 0.7 < judged.covered < 0.95


def test_a_season_that_came_a_year_ago_is_expected_in_spend_and_in_activity(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", 260, 690, busy_months=(11, 12))
    found = backtest(log, date(2025, 11, 1), 14, tmp_path / "scores.parquet", {}, truth_after=True)
    assert any("a year ago" in note for note in found.forecast.notes)
    for figure in ("bias", "ece"):
        ours, rival = abs((found.ours or {})[figure] or 0), abs((found.rival or {})[figure] or 0)
        assert ours < rival / 2, f"{figure} {ours} against {rival}"


def test_figures_are_those_of_the_library() -> None:
    outcome = Outcome(10, np.array([0.0, 5.0, 0.0, 20.0]), np.array([0.0, 1.0, 0.0, 2.0]))
    p_active, spend = np.array([0.2, 0.6, 0.7, 0.9]), np.array([1.0, 6.0, 4.0, 14.0])
    found = figures(outcome, p_active, spend)
    assert found["auc"] == roc_auc_score(outcome.is_active, p_active)
    assert found["brier"] == pytest.approx(brier_score_loss(outcome.is_active, p_active))
    assert found["mae"] == mean_absolute_error(outcome.spend, spend)
    assert found["rmse"] == pytest.approx(root_mean_squared_error(outcome.spend, spend))
    assert found["ece"] == pytest.approx((0.2 + 0.4 + 0.7 + 0.1) / 4)
    assert found["decile_error"] == pytest.approx((1 + 1 + 4 + 6) / 25)
    assert (found["bias"], found["normalised_gini"]) == (0.0, 1.0)


def test_few_customers_get_the_simple_model_and_are_told(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.csv", 60, 190)
    said = backtest(log, DAY, HORIZON_DAYS, tmp_path / "scores.parquet", {}).forecast
    assert said.model == BTYD
    assert "fewer than 200" in said.notes[0]
    assert np.isfinite(said.expected_spend).all()


def test_where_everybody_bought_once_nobody_is_expected_often(tmp_path: Path) -> None:
    rows = [f"{number},2024-0{1 + number % 5}-{1 + number % 28:02},20" for number in range(300)]
    log = write_rows(tmp_path / "log.csv", "customer,date,amount", *rows)
    said = backtest(log, DAY, HORIZON_DAYS, tmp_path / "scores.parquet", {}).forecast
    assert said.model == BTYD
    assert (said.expected_orders < 0.05).all()
    assert (said.expected_spend >= 0).all()


def test_a_log_of_refunds_alone_or_of_later_days_is_refused(tmp_path: Path) -> None:
    refunds = [f"{number},2024-01-01,-5" for number in range(10)]
    later = write_rows(tmp_path / "later.csv", "customer,date,amount", "a,2024-07-01,5")
    for log in (write_rows(tmp_path / "log.csv", "customer,date,amount", *refunds), later):
        with pytest.raises(RegularsError, match="no order before 2024-06-01"):
            backtest(log, DAY, HORIZON_DAYS, tmp_path / "scores.parquet", {})
    worthless = write_rows(tmp_path / "none.csv", "customer,date,amount", "a,2024-01-01,5", "a,2024-01-02,-5")
    with pytest.raises(RegularsError, match="not above zero"):
        backtest(worthless, DAY, HORIZON_DAYS, tmp_path / "scores.parquet", {})


def test_the_verb_shows_columns_and_figures_and_refuses_in_words(tmp_path: Path) -> None:
    small, out = write_log(tmp_path / "small.csv", 40, 190), tmp_path / "scores.parquet"

    def asked(as_of: str, days: int, *options: str) -> subprocess.CompletedProcess[str]:
        said = ("--as-of", as_of, "--horizon-days", str(days), "--out", str(out))
        return regulars("backtest", str(small), *said, *options, home=tmp_path)

    told = asked("2024-06-01", 400, "--truth-after").stdout
    assert "customer = customer_id · time = ordered_at · amount = amount" in told
    assert "Pareto/NBD + Gamma-Gamma" in told
    assert "before its horizon does" in told
    answer = json.loads(asked("2024-06-01", 30, "--json").stdout)
    assert (answer["model"], answer["figures"]) == (BTYD, None)
    late = asked("2024-12-01", 30, "--truth-after")
    assert (late.returncode, "nothing in it can judge" in late.stderr) == (1, True)
    wrong = asked("2024-06-01", 30, "--map", "amount")
    assert (wrong.returncode, "ROLE=COLUMN" in wrong.stderr) == (2, True)
