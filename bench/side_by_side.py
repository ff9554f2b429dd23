"""Learners side by side on a later period none has seen: the shipped one, its rule, and well-known ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np

from bench.blocks import Block, Figures
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
CEILING = "forest, knows the period"
_CEILING_TREES, _GROUPS = 100, 5
_GBM, _LINE = "LightGBM, calibrated", "logistic regression"


def side_by_side(spec: ModelSpec, boosters: ModelSpec, frame: Frame, origin: datetime) -> Block:
    """The block of ``spec``: every learner knows what was known at ``origin``, when the period tried on began.

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
        _GBM: trees,
        f"rule: {spec.baseline.rule.replace('_', ' ')}": shipped["baseline"],
        **{name: rival(known, trial) for name, rival in rivals_of(spec, FOREST_TREES).items()},
    }
    ours = _GBM if spec.boosters else _LINE
    return _block(spec, trial, known, {ours: said.pop(ours), **said}, _knowing_the_period(spec, frame, origin))


def _knowing_the_period(spec: ModelSpec, frame: Frame, origin: datetime) -> Prediction:
    """What a forest says of each customer that has learned the very period too, from the other four fifths of the
    customers: its level and its season hold no surprise. What it does better was not to be known at ``origin``.
    """
    *_, forest = rivals_of(spec, _CEILING_TREES).values()
    instant = np.datetime64(origin, "us")
    customers = np.unique(frame.rows.customer_id)
    groups = np.random.default_rng(SEED).integers(0, _GROUPS, len(customers))
    group = groups[np.searchsorted(customers, frame.rows.customer_id)]
    known, of_period = frame.label_end <= instant, frame.as_of == instant
    said = np.empty(int(of_period.sum()))
    for number in range(_GROUPS):
        judged = of_period & (group == number)
        if judged.any():
            learned = frame.where(known | (of_period & (group != number)))
            said[group[of_period] == number] = forest(learned, frame.where(judged)).value
    return Prediction(said, said)


def _block(spec: ModelSpec, trial: Frame, known: Frame, said: Mapping[str, Prediction], ceiling: Prediction) -> Block:
    is_amount = spec.target == "net_revenue"
    shown = FIGURES_OF_AMOUNTS if is_amount else FIGURES
    mean = np.mean(trial.label)
    came_true = f"{mean:.2f} each" if is_amount else f"{mean:.1%} came true"

    def figures(prediction: Prediction) -> Figures:
        return {label: figure(spec, each, prediction, trial.label) for each, label in shown.items()}

    return Block(
        f"{spec.name} · {len(trial):,} rows from {trial.origins[-1]:%Y-%m-%d}, {came_true} · "
        f"learned from {len(known):,} rows of {len(known.origins)} periods",
        str(SEED),
        {name: figures(prediction) for name, prediction in said.items()},
        ceiling=(CEILING, figures(ceiling)),
        notes=_gains(spec, trial, said),
    )


def _gains(spec: ModelSpec, trial: Frame, said: Mapping[str, Prediction]) -> tuple[str, ...]:
    """By how much ours is above each other one, on the same customers drawn with replacement."""
    first = next(iter(FIGURES_OF_AMOUNTS if spec.target == "net_revenue" else FIGURES))
    draws = resampled(replace(spec, promotion_metric=first), dict(said), trial.label, trial.rows.customer_id)
    ours, *others = said
    told = [(other, interval(draws[ours] - draws[other])) for other in others]
    within = [
        f"{gain['low']:+.3f} to {gain['high']:+.3f} over {other}" for other, gain in told if gain["low"] is not None
    ]
    return (f"{first} of ours, 95 %: {' · '.join(within)}",) if within else ()
