"""What each customer will order and spend, said each night by the forecast in use."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.datasets.frame import business_zone
from ml.forecast.registry import ForecastRegistry, StoredForecast
from ml.forecast.shop import shop_log, wall_time
from ml.forecast.snapshot import take_snapshot
from ml.models.spec import log_names

if TYPE_CHECKING:
    import duckdb

_TABLE = """
create or replace table work.score.customer_forecast (
    customer_id bigint, as_of timestamp, version varchar, horizon_days integer, p_active decimal(9, 6),
    expected_orders decimal(12, 4), expected_spend decimal(18, 2), spend_low decimal(18, 2), spend_high decimal(18, 2),
    currency varchar, model varchar
)
"""
_INSERT = """
insert into work.score.customer_forecast
select
    customer_id, ?, ?, ?, p_active, expected_orders, expected_spend, spend_low, spend_high,
    (select reporting_currency from work.run.context), ?
from said
order by customer_id
"""


def write_forecasts(connection: duckdb.DuckDBPyConnection, models_dir: Path, as_of: datetime) -> dict[str, Any]:
    """Replace work.score.customer_forecast: customers with an order before ``as_of``, whoever objects left out.

    Empty while no forecast is in use. Returns, by forecast, version, customers, and of the sum what is expected and the
    middle 80 % of it. Raises DataHeld when the files in use were changed.
    """
    connection.execute(_TABLE)
    registry = ForecastRegistry(models_dir)
    champions = {name: champion for name in log_names() if (champion := registry.champion(name))}
    said = {name: _write(connection, champion, registry, name, as_of) for name, champion in champions.items()}
    return {name: said.get(name, {"version": None, "customers": 0}) for name in log_names()}


def _write(
    connection: duckdb.DuckDBPyConnection,
    champion: StoredForecast,
    registry: ForecastRegistry,
    name: str,
    as_of: datetime,
) -> dict[str, Any]:
    import pyarrow as pa

    learned, at = champion.learned, wall_time(as_of, business_zone(connection))
    with shop_log(connection) as log:
        snapshot = take_snapshot(log, at, learned.horizon_days)
    if not len(snapshot):
        return {"version": champion.version, "customers": 0}
    forecast = learned.say(snapshot, registry.level(name))
    columns = ("p_active", "expected_orders", "expected_spend", "spend_low", "spend_high")
    rows = pa.table({"customer_id": forecast.customer, **{column: getattr(forecast, column) for column in columns}})
    connection.register("said", rows)
    connection.execute(_INSERT, [as_of, champion.version, learned.horizon_days, forecast.model])
    connection.unregister("said")
    return {
        "version": champion.version,
        "customers": len(snapshot),
        "expected_spend": round(float(forecast.expected_spend.sum()), 2),
        "expected_spend_low": round(forecast.total_low, 2),
        "expected_spend_high": round(forecast.total_high, 2),
    }
