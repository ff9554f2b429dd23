"""The trial: fit with what was known at an origin, foretell what came after it, and compare with the baseline."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ml.datasets.frame import Frame
from ml.evaluation.metrics import evaluate, lift_by_decile
from ml.models.baseline import predict_baseline
from ml.models.ensemble import Prediction
from ml.models.fit import Fit, fit_at, refusal, refuse_degenerate
from ml.models.spec import ModelSpec


@dataclass(frozen=True)
class Quality:
    """Figures and lift by scorer (``model``, ``baseline``) for the customers of one origin that no fit had seen.

    ``slices`` are the model's figures by group (`ml.evaluation.slices`), of models of customers.
    """

    origin: datetime
    horizon_days: int
    rows: int
    metrics: dict[str, dict[str, float]]
    lift: dict[str, list[dict[str, Any]]]
    slices: list[dict[str, Any]] = field(default_factory=list)


def evaluate_holdout(frame: Frame, spec: ModelSpec, origin: datetime) -> tuple[Quality, Fit]:
    """Fit ``spec`` as at ``origin`` and judge it on the horizon that follows; returns the figures and that fit.

    Raises TrainingRefused when there is not enough before the origin, or nothing to judge by after it.
    """
    trial = frame.at(origin)
    if not len(trial):
        raise refusal(spec, f"the frame has no origin {origin.isoformat()}")
    refuse_degenerate(spec, trial, f"the period from {origin:%Y-%m-%d}")
    fit = fit_at(frame, spec, origin)
    said = foretold(spec, fit, trial)
    quality = Quality(
        origin=origin,
        horizon_days=spec.horizon_days,
        rows=len(trial),
        metrics={scorer: evaluate(spec, prediction, trial.label) for scorer, prediction in said.items()},
        lift={
            scorer: lift_by_decile(prediction, trial.label, trial.rows.customer_id)
            for scorer, prediction in said.items()
        },
    )
    return quality, fit


def foretold(spec: ModelSpec, fit: Fit, trial: Frame) -> dict[str, Prediction]:
    """What ``fit`` and its baseline say of the customers of ``trial``, by scorer."""
    return {
        "model": fit.ensemble.predict(trial.rows.matrix),
        "baseline": predict_baseline(spec, fit.baseline, trial.rows),
    }
