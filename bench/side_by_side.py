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
from ml.models.rivals import SEED, rivals_of
from ml.models.spec import ModelSpec

FIGURES = {"roc_auc": "AUC", "pr_auc": "PR-AUC", "brier": "Brier", "ece": "ECE"}
FIGURES_OF_AMOUNTS = {"normalised_gini": "Gini", "spearman": "Spearman", "mae": "MAE", "bias": "bias"}
"""Shown of each learner; by the first one learners are compared."""

FOREST_TREES = 300


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
        **{name: rival(known, trial) for name, rival in rivals_of(spec, FOREST_TREES).items()},
    }
    shipped_as = "LightGBM, calibrated" if spec.boosters else "logistic regression"
    _tell(spec, trial, known, said, shipped_as)


def _tell(spec: ModelSpec, trial: Frame, known: Frame, said: dict[str, Prediction], shipped_as: str) -> None:
    rule, shown = next(iter(said)), FIGURES_OF_AMOUNTS if spec.target == "net_revenue" else FIGURES
    first, heading = next(iter(shown.items()))
    draws = resampled(replace(spec, promotion_metric=first), said, trial.label, trial.rows.customer_id)
    mean = np.mean(trial.label)
    came_true = f"{mean:.2f} each" if shown is FIGURES_OF_AMOUNTS else f"{mean:.1%} came true"
    click.echo(
        f"{spec.name} · {len(trial):,} rows from {trial.origins[-1]:%Y-%m-%d}, {came_true} · "
        f"learned from {len(known):,} rows of {len(known.origins)} periods · seed {SEED}"
    )
    click.echo(f"  {'':34}{''.join(f'{name:>9}' for name in shown.values())}   {heading} over the rule, 95 %")
    for name, prediction in said.items():
        figures = [figure(spec, each, prediction, trial.label) for each in shown]
        gain = interval(draws[name] - draws[rule])
        told = f"{gain['low']:+.3f} to {gain['high']:+.3f}" if name != rule and gain["low"] is not None else "–"
        label = f"{name} (shipped)" if name == shipped_as else name
        click.echo(f"  {label:34}{''.join(f'{each:9.4f}' for each in figures)}   {told}")
    click.echo()
