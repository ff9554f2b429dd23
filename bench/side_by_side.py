"""Learners side by side on a later period none has seen: the shipped one, its rule, and well-known ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import click
import numpy as np

from ml.datasets.frame import Frame
from ml.evaluation.bootstrap import interval, resampled
from ml.evaluation.holdout import foretold
from ml.evaluation.metrics import figure
from ml.models.ensemble import Prediction
from ml.models.fit import fit_at, refuse_degenerate
from ml.models.logistic import fit_logistic
from ml.models.spec import ModelSpec

FIGURES = ("roc_auc", "pr_auc", "brier", "ece")
SEED = 1


def side_by_side(spec: ModelSpec, boosters: ModelSpec, frame: Frame, origin: datetime) -> None:
    """Print one table for ``spec``: every learner knows what was known at ``origin``, when the period tried on began.

    ``boosters`` is the spec whose trees LightGBM grows where ``spec`` itself has none. Raises TrainingRefused when
    there is too little to learn from or to judge by.
    """
    trial, known = frame.at(origin), frame.known_at(origin)
    refuse_degenerate(spec, trial, f"the period from {origin:%Y-%m-%d}")
    fit = fit_at(frame, spec, origin)
    shipped = foretold(spec, fit, trial)
    grown = replace(boosters, name=spec.name, target=spec.target, baseline=spec.baseline)
    trees = shipped["model"] if spec.boosters else fit_at(frame, grown, origin).ensemble.predict(trial.rows.matrix)
    said = {
        f"rule: {spec.baseline.rule.replace('_', ' ')}": shipped["baseline"],
        "LightGBM, calibrated": trees,
        "logistic regression": fit_logistic(known).predict(trial.rows.matrix),
        "random forest": _forest(known, trial),
    }
    shipped_as = "LightGBM, calibrated" if spec.boosters else "logistic regression"
    _tell(spec, trial, known, said, shipped_as)


def _forest(known: Frame, trial: Frame) -> Prediction:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(300, min_samples_leaf=20, random_state=SEED, n_jobs=1)
    probability = forest.fit(known.rows.matrix, known.label).predict_proba(trial.rows.matrix)[:, 1]
    return Prediction(probability, probability)


def _tell(spec: ModelSpec, trial: Frame, known: Frame, said: dict[str, Prediction], shipped_as: str) -> None:
    rule = next(iter(said))
    draws = resampled(replace(spec, promotion_metric="roc_auc"), said, trial.label, trial.rows.customer_id)
    came_true = f"{np.mean(trial.label):.1%} came true"
    click.echo(
        f"{spec.name} · {len(trial):,} rows from {trial.origins[-1]:%Y-%m-%d}, {came_true} · "
        f"learned from {len(known):,} rows of {len(known.origins)} periods · seed {SEED}"
    )
    click.echo(f"  {'':34}{'AUC':>8}{'PR-AUC':>9}{'Brier':>8}{'ECE':>8}   AUC over the rule, 95 %")
    for name, prediction in said.items():
        figures = [figure(spec, each, prediction, trial.label) for each in FIGURES]
        gain = interval(draws[name] - draws[rule])
        told = f"{gain['low']:+.3f} to {gain['high']:+.3f}" if name != rule and gain["low"] is not None else "–"
        label = f"{name} (shipped)" if name == shipped_as else name
        click.echo(f"  {label:34}" + f"{figures[0]:8.4f}{figures[1]:9.4f}{figures[2]:8.4f}{figures[3]:8.4f}   {told}")
    click.echo()
