"""Training of one model: frames, a trial on the latest complete period, the fit for tomorrow, and the registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ml.datasets.frame import training_frame
from ml.datasets.moments import MOMENTS, moment_frame
from ml.evaluation.holdout import Quality, evaluate_holdout, foretold
from ml.evaluation.slices import slice_figures
from ml.models.fit import Fit, TrainingRefused, fit_at, refusal
from ml.models.spec import CUSTOMER_TARGETS, ModelSpec, load_spec
from ml.registry.comparison import compare
from ml.registry.store import Registry
from ml.watching.alarms import inputs_in_alarm
from ml.watching.reference import reference_of
from regulars import logs, warehouse
from regulars.contracts import Column
from regulars.failpoint import failpoint

_log = logs.logger("ml")


def train(
    model_name: str,
    candidate_folder: Path,
    registry: Registry,
    as_of: datetime,
    training_publication_id: str,
    code_version: str,
    features: Sequence[Column],
) -> str:
    """Train ``model_name`` with what was known at ``as_of``; returns the version, saved and compared, not yet promoted.

    The candidate holds what to learn from at several origins, and its labels; ``features`` are the contract's. The
    figures come from a trial: the same fit made one horizon earlier, judged by the horizon that followed. Run again it
    gives the same version. Raises TrainingRefused when there is too little to learn from; the champion stays.
    """
    spec = load_spec(model_name)
    with warehouse.candidate(candidate_folder, read_only=True) as connection:
        is_nightly = spec.target in CUSTOMER_TARGETS
        frame_of = training_frame if is_nightly else moment_frame
        frame = frame_of(connection, spec, features)
        alarms = inputs_in_alarm(connection, spec.name)
    known = frame.known_at(as_of)
    if not len(known):
        raise refusal(spec, f"no label of {spec.horizon_days} days is complete at {as_of:%Y-%m-%d}")
    with ThreadPoolExecutor(2) as pool:
        trial = pool.submit(evaluate_holdout, known, spec, known.origins[-1])
        tomorrow = pool.submit(fit_at, known, spec, as_of)
        (quality, trial_fit), fit = trial.result(), tomorrow.result()
    failpoint("train.after_fit_before_save")
    later = known.at(quality.origin)
    said = foretold(spec, trial_fit, later)
    if is_nightly:
        with warehouse.candidate(candidate_folder, read_only=True) as connection:
            quality = replace(quality, slices=slice_figures(connection, spec, later, said["model"]))
    card = _card(spec, fit, quality, as_of, training_publication_id, code_version)
    reference = reference_of(known.latest(spec.origin_count), fit.ensemble) if is_nightly else None
    version = registry.save(model_name, fit.ensemble, card, _quality_mapping(quality), reference)
    registry.note(model_name, "baseline", fit.baseline)
    compare(registry, spec, version, later, said, alarms)
    _log.info("trained %s %s on %d rows of %d origins", model_name, version, fit.rows, len(fit.origins))
    return version


def train_where_possible(
    model_name: str,
    candidate_folder: Path,
    registry: Registry,
    as_of: datetime,
    training_publication_id: str,
    code_version: str,
    features_of: Callable[[str], Sequence[Column]],
) -> str:
    """``train`` for a model of moments, of whose dbt model ``features_of`` gives the columns.

    Gives an empty text where there is too little to learn from, which is logged: such a shop is none the worse.
    """
    features = features_of(MOMENTS[load_spec(model_name).target].contract)
    try:
        return train(model_name, candidate_folder, registry, as_of, training_publication_id, code_version, features)
    except TrainingRefused as refused:
        _log.warning("%s", refused)
        return ""


def _card(
    spec: ModelSpec, fit: Fit, quality: Quality, as_of: datetime, publication_id: str, code_version: str
) -> dict[str, Any]:
    """What stands in model.json besides the columns, the calibration and the hashes of the boosters."""
    return {
        "model": spec.name,
        "target": spec.target,
        "horizon_days": spec.horizon_days,
        "as_of": as_of.isoformat(),
        "origins": [origin.isoformat() for origin in fit.origins],
        "calibrated_at": fit.calibrated_at.isoformat(),
        "training_rows": fit.rows,
        "training_publication_id": publication_id,
        "code_version": code_version,
        "parameters": {**asdict(spec), "rounds": fit.rounds},
        "baseline": fit.baseline,
        "metrics": quality.metrics["model"],
    }


def _quality_mapping(quality: Quality) -> dict[str, Any]:
    return {**asdict(quality), "origin": quality.origin.isoformat()}
