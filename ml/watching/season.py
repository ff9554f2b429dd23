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
    found = []
    for name in log_names():
        said = connection.execute(
            "select version, horizon_days, count(*) from work.score.customer_forecast group by all"
        ).fetchall()
        level = registry.level(name)
        for version, horizon_days, rows in said if level else ():
            because = (
                f"{name}: no past period tells of the season of the next {horizon_days} days, "
                "so that their sum may be further off"
            )
            figure = float(not (level and level.is_season_known))
            found.append(
                Finding(
                    name, version, "season", "coming season", "unknown", figure, None, spec.unseen_season, rows, because
                )
            )
    return found
