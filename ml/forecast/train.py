"""Training of the forecast for a shop's own customers: learned once a month, weighed, and kept in the registry."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.datasets.frame import business_zone
from ml.evaluation.metrics import SCALE, figure, roc_auc
from ml.forecast.forecast import Learned, NothingToForecast, learn
from ml.forecast.registry import ForecastRegistry
from ml.forecast.shop import instant_of, shop_log, wall_time
from ml.forecast.trust import Trial
from ml.models.ensemble import Prediction
from ml.models.spec import ModelSpec, load_spec, spec_names
from ml.registry.comparison import BASELINE, CHALLENGER, Period, fairly_judged, judged, note_comparison
from ml.watching.alarms import inputs_in_alarm
from regulars import logs, warehouse
from regulars.failpoint import failpoint

if TYPE_CHECKING:
    import duckdb

_log = logs.logger("ml")
_MODEL = "model"


def train_forecast(
    name: str,
    candidate_folder: Path,
    registry: ForecastRegistry,
    as_of: datetime,
    training_publication_id: str,
    code_version: str,
) -> str:
    """Learn the forecast ``name`` of the candidate's purchases with what was known at ``as_of``.

    Returns the version, saved and compared, not yet promoted; an empty text where the log is too short to be tried on
    its own past, which is logged. Run again it gives the same version.
    """
    spec = load_spec(name)
    with warehouse.candidate(candidate_folder, read_only=True) as candidate:
        zone, alarms = business_zone(candidate), _alarms(candidate, spec)
        with shop_log(candidate) as log:
            try:
                learned, trial, _ = learn(log, wall_time(as_of, zone), spec.horizon_days)
            except NothingToForecast as refused:
                _log.warning("%s is not trained: %s", name, refused)
                return ""
    if trial is None:
        _log.warning("%s is not trained: %s", name, learned.notes[0])
        return ""
    failpoint("train.after_fit_before_save")
    lesson = trial.lesson
    began = instant_of(lesson.snapshot.as_of, zone)
    period = Period(began, lesson.label_days, lesson.outcome.spend, lesson.snapshot.customer)
    quality = _quality(spec, period, trial)
    card = _card(spec, learned, trial, zone) | {
        "as_of": as_of.isoformat(),
        "training_publication_id": training_publication_id,
        "code_version": code_version,
        "metrics": quality["metrics"][_MODEL],
    }
    version = registry.save(name, learned, card, quality)
    registry.note_level(name, learned.level)
    said = {CHALLENGER: _ranked(trial.spend), BASELINE: _rule(spec, trial)}
    note_comparison(registry, spec, version, period, said, _champion(registry, spec, trial, period), alarms)
    _log.info("trained %s %s on %d customers: %s", name, version, len(period.whose), learned.notes[0])
    return version


def _alarms(candidate: duckdb.DuckDBPyConnection, spec: ModelSpec) -> list[str]:
    """A broken amount that was noticed in a model of the same target is in the log of orders too."""
    of_target = [other for other in spec_names() if load_spec(other).target == spec.target]
    return [alarm for other in of_target for alarm in inputs_in_alarm(candidate, other)]


def _card(spec: ModelSpec, learned: Learned, trial: Trial, zone: str) -> dict[str, Any]:
    return {
        "model": spec.name,
        "target": spec.target,
        "horizon_days": spec.horizon_days,
        "origins": [instant_of(at, zone).isoformat() for at in trial.origins],
        "calibrated_at": instant_of(trial.lesson.snapshot.as_of, zone).isoformat(),
        "calibration": {"kind": learned.level.why},
        "training_rows": trial.rows,
        "features": list(trial.lesson.snapshot.features),
        "answers": learned.model,
        "notes": list(learned.notes),
    }


def _quality(spec: ModelSpec, period: Period, trial: Trial) -> dict[str, Any]:
    """Figures of the trial that do not depend on a level: how spend and activity were ordered."""
    is_active, silence = trial.lesson.outcome.is_active, trial.lesson.snapshot.column("silence_days")
    scorers = {_MODEL: (_ranked(trial.spend), trial.p_active), BASELINE: (_rule(spec, trial), -silence)}
    return {
        "origin": period.origin.isoformat(),
        "horizon_days": period.horizon_days,
        "rows": len(period.whose),
        "metrics": {
            scorer: {
                spec.promotion_metric: figure(spec, spec.promotion_metric, spend, period.actual),
                "roc_auc": round(roc_auc(is_active, active), SCALE),
            }
            for scorer, (spend, active) in scorers.items()
        },
        "lift": {_MODEL: [], BASELINE: []},
    }


def _champion(registry: ForecastRegistry, spec: ModelSpec, trial: Trial, period: Period) -> dict[str, Any]:
    pointer, champion = registry.pointer(spec.name), registry.usable_champion(spec.name)
    if pointer is None:
        return judged(None, "there was no champion", can_score=False)
    if champion is None:
        return judged(pointer["version"], "the champion's files were changed, so it cannot score", can_score=False)
    if champion.learned.horizon_days != spec.horizon_days:
        return judged(champion.version, "the champion foretells another horizon", can_score=False)
    learned, snapshot = champion.learned, trial.lesson.snapshot
    return fairly_judged(champion, spec, period.origin, lambda: _ranked(learned.say(snapshot).expected_spend))


def _rule(spec: ModelSpec, trial: Trial) -> Prediction:
    """The next horizon is as the last one was."""
    return _ranked(trial.lesson.snapshot.column(spec.baseline.columns[0]))


def _ranked(said: np.ndarray) -> Prediction:
    return Prediction(said, said)
