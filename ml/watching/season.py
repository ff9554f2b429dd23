"""Whether forecasts in use foretell a season that no past period has shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.forecast.registry import ForecastRegistry
from ml.models.spec import log_names
from ml.watching.finding import Finding
from ml.watching.spec import WatchSpec

if TYPE_CHECKING:
    import duckdb


def season_findings(
    connection: duckdb.DuckDBPyConnection, spec: WatchSpec, registry: ForecastRegistry
) -> list[Finding]:
    """One a forecast that has said something tonight: 1 where the latest training knew no past period of the coming
    season, else 0.
    """
    said = connection.execute(
        "select version, horizon_days, count(*) from work.score.customer_forecast group by all"
    ).fetchall()
    in_use = {pointer["version"]: name for name in log_names() if (pointer := registry.pointer(name))}
    found = []
    for version, horizon_days, rows in said:
        name = in_use[version]
        if level := registry.level(name):
            because = (
                f"{name}: no past period tells of the season of the next {horizon_days} days, "
                "so that their sum may be further off"
            )
            named = (name, version, "season", "coming season", "unknown")
            found.append(Finding(*named, float(not level.is_season_known), None, spec.unseen_season, rows, because))
    return found
