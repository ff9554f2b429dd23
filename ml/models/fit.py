"""One fit as it would have been made at an instant, from labels that were complete then.

Trees are grown on older origins and stopped on the latest one; the calibration is fitted on that latest origin, which
no tree has seen. A logistic regression has no trees to stop and states probabilities as it is: it learns from all of
those origins. A model that refits grows that number of trees again on all origins, the latest too: its scalar then
anchors the level and is no calibration out of sample, so `schema.json` allows a refit no other calibration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from ml.datasets.frame import Frame
from ml.models.baseline import fit_baseline
from ml.models.calibration import fit_calibration
from ml.models.ensemble import Ensemble, early_stopped, fitted_texts
from ml.models.learners import Fitted
from ml.models.logistic import fit_logistic
from ml.models.spec import ModelSpec
from regulars.errors import RegularsError

MINIMUM_CUSTOMERS = 50
"""With fewer customers at an origin nothing is learned."""


class TrainingRefused(RegularsError):
    """There is nothing to learn from, or nothing to learn. What was champion before still is."""


@dataclass(frozen=True)
class Fit:
    """A fitted model with its baseline. ``rounds`` are trees, one number for each booster or one for all.

    ``origins`` and ``rows`` are what the trees have seen; ``calibrated_at`` is the origin that early stopping,
    calibration and baseline used.
    """

    ensemble: Fitted
    baseline: dict[str, Any]
    rounds: list[int]
    origins: list[datetime]
    calibrated_at: datetime
    rows: int


def fit_at(frame: Frame, spec: ModelSpec, instant: datetime) -> Fit:
    """Fit ``spec`` with what was known at ``instant``. Raises TrainingRefused when that is not enough."""
    known = frame.known_at(instant)
    if not len(known):
        raise refusal(spec, f"no label of {spec.horizon_days} days is complete at {instant:%Y-%m-%d}")
    calibrated_at = known.origins[-1]
    later, learned = known.at(calibrated_at), known.known_at(calibrated_at).latest(spec.origin_count)
    for part, name in ((learned, "older origins"), (later, "latest origin")):
        refuse_degenerate(spec, part, f"the {name} before {instant:%Y-%m-%d}")
    fitted: Fitted
    rounds: list[int]
    if spec.learner == "logistic":
        learned = known.latest(spec.origin_count)
        fitted, rounds = fit_logistic(learned), []
    else:
        fitted, rounds, learned = _fit_boosters(spec, known, learned, later)
    return Fit(
        ensemble=fitted,
        baseline=fit_baseline(spec, later),
        rounds=rounds,
        origins=learned.origins,
        calibrated_at=calibrated_at,
        rows=len(learned),
    )


def _fit_boosters(spec: ModelSpec, known: Frame, learned: Frame, later: Frame) -> tuple[Ensemble, list[int], Frame]:
    """The calibrated ensemble, its rounds, and the rows its trees have seen."""
    rounds, texts = early_stopped(spec, learned, later)
    if spec.refit:
        learned, rounds = known.latest(spec.origin_count), [int(np.mean(rounds))]
        texts = fitted_texts(spec, learned, rounds[0])
    mean = Ensemble(known.features, tuple(texts), {"kind": "none"}).mean(later.rows.matrix)
    calibration = fit_calibration(spec.calibration, mean, later.label)
    return Ensemble(known.features, tuple(texts), calibration), rounds, learned


def refuse_degenerate(spec: ModelSpec, frame: Frame, where: str) -> None:
    """Raise TrainingRefused when ``frame`` has too few customers, one class only, no revenue, or no varying column."""
    customers = len(np.unique(frame.rows.customer_id))
    if customers < MINIMUM_CUSTOMERS:
        raise refusal(spec, f"{where}: {customers} {spec.whose}, fewer than {MINIMUM_CUSTOMERS}")
    if len(np.unique(frame.label)) < 2:
        raise refusal(spec, f"{where}: the label is {frame.label[0]:g} for everybody")
    if frame.label.sum() <= 0:
        raise refusal(spec, f"{where}: net revenue is not above zero")
    if not any(_varies(column) for column in frame.rows.matrix.T):
        raise refusal(spec, f"{where}: every feature has one value only")


def refusal(spec: ModelSpec, reason: str) -> TrainingRefused:
    """The error that says why ``spec`` is not trained."""
    return TrainingRefused(
        f"training refused: {reason}",
        where=f"model '{spec.name}'",
        next_step="wait for more history, or look at the landed sources; scores go on as they were",
    )


def _varies(column: np.ndarray) -> bool:
    known = column[~np.isnan(column)]
    return len(known) > 0 and (len(known) < len(column) or known.min() < known.max())
