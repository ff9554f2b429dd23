"""A forecast from a file, as of any of its days: what was said then, and how right it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ml.evaluation.metrics import decile_error, expected_calibration_error, normalised_gini, roc_auc
from ml.forecast.forecast import Forecast, forecast
from ml.forecast.log import LogRead, read_log
from ml.forecast.snapshot import Outcome, what_followed
from ml.models.ensemble import Prediction
from regulars import warehouse
from regulars.durable import write_whole
from regulars.errors import RegularsError, UsageError
from regulars.warehouse import named, quoted

if TYPE_CHECKING:
    import duckdb

Figures = dict[str, float | None]
"""Figures of one forecast by name; None where they cannot be told, as when everybody ordered."""


@dataclass(frozen=True)
class Backtest:
    """What was read, what was said, and, where asked for, the figures of ``ours`` and of the ``rival`` model alone.

    ``covered`` is the share of customers whose spend lay within their interval; ``actual_spend`` the sum that came;
    ``ends_on`` the last day of a log that ends before its horizon does, else None.
    """

    log: LogRead
    forecast: Forecast
    ours: Figures | None = None
    rival: Figures | None = None
    covered: float | None = None
    actual_spend: float | None = None
    ends_on: date | None = None


def backtest(
    path: Path, as_of: date, horizon_days: int, out: Path, mapped: Mapping[str, str], *, truth_after: bool = False
) -> Backtest:
    """Forecast from the rows of the log ``path`` before ``as_of``, 00:00 of its own clock, and write ``out``.

    One row of ``out`` (Parquet) is a customer with an order before as_of: the log's own column of customers, p_active,
    expected_orders, expected_spend, spend_low, spend_high (DOUBLE) and model. With ``truth_after`` the rows of the
    horizon judge it. Raises UsageError for a horizon or file that cannot be, RegularsError for a log without orders
    before as_of or, with ``truth_after``, without a row from then on.
    """
    if horizon_days < 1:
        raise UsageError(f"A horizon of {horizon_days} days is none", where="--horizon-days", next_step="say 1 or more")
    with warehouse.memory(spill=out.parent) as connection:
        log, instant = read_log(connection, path, mapped), datetime.combine(as_of, time())
        said = forecast(connection, instant, horizon_days)
        _write(connection, said, log.columns.customer, out)
        if not truth_after:
            return Backtest(log, said)
        latest = _latest(connection, instant)
        outcome = what_followed(connection, instant, horizon_days, said.customer)
    return Backtest(
        log,
        said,
        figures(outcome, said.p_active, said.expected_spend),
        figures(outcome, said.rival.p_active, said.rival.spend),
        float(np.mean((outcome.spend >= said.spend_low) & (outcome.spend <= said.spend_high))),
        float(outcome.spend.sum()),
        latest.date() if latest < instant + timedelta(days=horizon_days - 1) else None,
    )


def figures(outcome: Outcome, p_active: np.ndarray, spend: np.ndarray) -> Figures:
    """How right a forecast was: of spend normalised Gini, MAE, RMSE, relative bias and decile error; of activity AUC,
    Brier score and expected calibration error (ten bins of equal size).
    """
    happened, is_active = outcome.spend, outcome.is_active
    found: Figures = {
        "normalised_gini": None,
        "mae": float(np.mean(np.abs(spend - happened))),
        "rmse": float(np.sqrt(np.mean((spend - happened) ** 2))),
        "bias": None,
        "decile_error": None,
        "auc": None,
        "brier": float(np.mean((p_active - is_active) ** 2)),
        "ece": expected_calibration_error(is_active, p_active),
    }
    if happened.sum() > 0:
        found["bias"] = float(spend.sum() / happened.sum() - 1)
        found["decile_error"] = decile_error(happened, Prediction(spend, spend))
        if happened.min() < happened.max():
            found["normalised_gini"] = normalised_gini(happened, spend)
    if 0 < is_active.mean() < 1:
        found["auc"] = roc_auc(is_active, p_active)
    return found


def _latest(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> datetime:
    """The last moment of the log. Raises RegularsError when nothing follows ``as_of``."""
    ((latest,),) = connection.execute("select max(ordered_at) from purchase").fetchall()
    if latest < as_of:
        raise RegularsError(
            f"The log ends on {latest:%Y-%m-%d}: nothing in it can judge a forecast from {as_of:%Y-%m-%d} on",
            where="--truth-after",
            next_step="leave --truth-after out, or choose an earlier --as-of",
        )
    return latest


def _write(connection: duckdb.DuckDBPyConnection, said: Forecast, key: str, out: Path) -> None:
    import pyarrow as pa

    columns = ("p_active", "expected_orders", "expected_spend", "spend_low", "spend_high")
    rows = pa.table({"customer": said.customer, **{name: getattr(said, name) for name in columns}})
    connection.register("said", rows)
    query = (
        f"select customer.customer_key as {named(key)}, {', '.join(f'said.{name}' for name in columns)}, "
        f"{quoted(said.model)} as model from said join customer using (customer) order by customer.customer"
    )
    write_whole(out, lambda part: connection.execute(f"copy ({query}) to {quoted(part)} (format parquet)"))
