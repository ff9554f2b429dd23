"""Published scores against what happened: measured once, in the first night after their horizon, then carried on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.datasets.frame import LABELS
from ml.evaluation.metrics import evaluate
from ml.models.ensemble import Prediction
from ml.models.spec import load_spec, spec_names
from ml.registry.store import Registry

if TYPE_CHECKING:
    import duckdb

LIVE, NOT_MEASURED = "live", "not_measured"

_CARRIED = """
select model, version, scorer, metric, value, origin, horizon_days, "rows", basis
from work.previous.model_quality
where basis = ?
order by all
"""
_RIPENED = """
select model, version, is_baseline, as_of, horizon_days
from work.intermediate.int_training__scores_ripened
where list_contains(?, model)
group by all
order by all
"""
_SCORES = """
select cast(coalesce(probability, amount) as double) as said, cast(<label> as double) as happened
from work.intermediate.int_training__scores_ripened
where model = ? and version = ? and is_baseline = ? and as_of = ?
order by customer_id
"""


def live_rows(connection: duckdb.DuckDBPyConnection, registry: Registry) -> list[tuple[Any, ...]]:
    """Rows of model_quality with basis ``live``: those of the previous publication, and of scores that ripened since.

    ``origin`` is the as_of of the scores, ``rows`` the customers scored then who still are customers. A version that
    was trained on what came after ``origin`` (a past night run again with a later champion) foretold nothing; it, and
    a night after which everybody did the same, has the one metric ``not_measured``, without a value.
    """
    rows = connection.execute(_CARRIED, [LIVE]).fetchall()
    for model, version, is_baseline, as_of, horizon_days in connection.execute(_RIPENED, [spec_names()]).fetchall():
        said, happened = _scores(connection, model, version, is_baseline, as_of)
        foretold = is_baseline or _foretold(registry, model, version, as_of)
        figures = _figures(model, said, happened) if foretold else {}
        context = (as_of, horizon_days, len(said), LIVE)
        scorer = "baseline" if is_baseline else "model"
        told = figures or {NOT_MEASURED: None}
        rows += [(model, version, scorer, metric, value, *context) for metric, value in sorted(told.items())]
    return rows


def _foretold(registry: Registry, model: str, version: str, as_of: datetime) -> bool:
    trained = registry.trained_as_of(model, version)
    return trained is not None and trained <= as_of


def _scores(
    connection: duckdb.DuckDBPyConnection, model: str, version: str, is_baseline: bool, as_of: datetime
) -> tuple[np.ndarray, np.ndarray]:
    query = _SCORES.replace("<label>", LABELS[load_spec(model).target])
    found = connection.execute(query, [model, version, is_baseline, as_of]).fetchnumpy()
    return np.asarray(found["said"]), np.asarray(found["happened"])


def _figures(model: str, said: np.ndarray, happened: np.ndarray) -> dict[str, float | None]:
    if len(np.unique(happened)) < 2 or happened.sum() <= 0:
        return {}
    figures = evaluate(load_spec(model), Prediction(said, said), happened)
    return {name: value for name, value in figures.items() if np.isfinite(value)}
