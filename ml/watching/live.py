"""What published forecasts came to, against the trial their version was promoted by."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

from ml.evaluation.metrics import BINS
from ml.models.spec import load_spec
from ml.registry.promotion import CHALLENGER, comparison_of
from ml.registry.store import Registry, StoredModel
from ml.watching.finding import Finding, at_least
from ml.watching.spec import WatchSpec
from ml.watching.stability import SCALE

if TYPE_CHECKING:
    import duckdb

_STANDARD_ERRORS = 3
"""A loss within so many standard errors may be chance: a night is looked at every day."""

_WIDTH_OF_95 = 2 * 1.96
_LATEST = """
select value, "rows", cast(origin as date)
from work.score.model_quality
where basis = 'live' and scorer = 'model' and model = ? and version = ? and metric = ? and value is not null
order by origin desc
limit 1
"""


def live_findings(
    connection: duckdb.DuckDBPyConnection, spec: WatchSpec, registry: Registry, champion: StoredModel
) -> list[Finding]:
    """The latest measured forecast of ``champion``: loss of its promotion metric, and calibration error where it states
    probabilities. None before the first horizon has passed.
    """
    model, version = champion.card["model"], champion.version
    metric, trial = load_spec(model).promotion_metric, champion.quality["metrics"]["model"]
    found = []
    for name, value, rows, day in _measured(connection, model, version, (metric, "ece")):
        place = (model, version, "live", name)
        told = f"{name} of what '{model}' foretold on {day} was {value:.3f}, {trial[name]:.3f} in its trial"
        if name == metric:
            bounds = at_least(spec.live_loss, _STANDARD_ERRORS * _error_of_loss(registry, champion, rows))
            loss = round(trial[name] - value, SCALE)
            found.append(Finding(*place, "loss", loss, trial[name], bounds, rows, told))
        else:
            bounds = at_least(spec.live_ece, _ece_by_chance(rows))
            found.append(Finding(*place, "ece", value, trial[name], bounds, rows, told))
    return found


def _measured(
    connection: duckdb.DuckDBPyConnection, model: str, version: str, metrics: tuple[str, ...]
) -> list[tuple[str, Any, Any, Any]]:
    found = [(metric, connection.execute(_LATEST, [model, version, metric]).fetchall()) for metric in metrics]
    return [(metric, *row) for metric, rows in found for row in rows]


def _error_of_loss(registry: Registry, champion: StoredModel, rows: int) -> float:
    """Standard error of the trial's figure less the live one, by the trial's bootstrap; 0 where there is none."""
    spec = load_spec(champion.card["model"])
    noted = comparison_of(registry, spec, champion.version)
    edges = noted["scorers"][CHALLENGER] if noted else {"low": None}
    if not noted or edges["low"] is None:
        return 0.0
    error = (edges["high"] - edges["low"]) / _WIDTH_OF_95
    return float(error * sqrt(1 + noted["customers"] / rows))


def _ece_by_chance(rows: int) -> float:
    """An ECE that a calibrated forecast of so many customers does not exceed.

    The error of a bin's share is at most half a square root of BINS / rows, its mean size 0.8 of that, and the mean of
    BINS of them varies by 0.3 / sqrt(rows).
    """
    return (0.4 * sqrt(BINS) + _STANDARD_ERRORS * 0.3) / sqrt(rows)
