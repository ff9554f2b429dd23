"""Well-known learners that a model's own is set beside, with the same columns and rows. They never score."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ml.datasets.frame import Frame
from ml.models.ensemble import Prediction
from ml.models.logistic import fit_logistic
from ml.models.spec import ModelSpec

Rival = Callable[[Frame, Frame], Prediction]
"""Learns from the rows of the first frame, and foretells the second."""

SEED = 1
_LEAST_IN_LEAF = 20
_TWEEDIE = {"power": 1.3, "alpha": 0.01, "link": "log", "solver": "newton-cholesky", "max_iter": 300}


def rivals_of(spec: ModelSpec, trees: int) -> dict[str, Rival]:
    """By name, in the order of tables: of a probability logistic regression and a forest of so many ``trees``, of an
    amount a regression with the loss of Tweedie (zero or an amount, as here) and a forest.
    """
    if spec.target == "net_revenue":
        return {"Tweedie regression": _tweedie, "random forest": partial(_forest_of_amounts, trees)}
    return {"logistic regression": _logistic, "random forest": partial(_forest_of_probabilities, trees)}


def _logistic(learned: Frame, judged: Frame) -> Prediction:
    return fit_logistic(learned).predict(judged.rows.matrix)


def _tweedie(learned: Frame, judged: Frame) -> Prediction:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import TweedieRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    logarithm = FunctionTransformer(lambda matrix: np.log1p(np.maximum(matrix, 0)))
    line = make_pipeline(logarithm, SimpleImputer(), StandardScaler(), TweedieRegressor(**_TWEEDIE))
    return _amounts(line, learned, judged)


def _forest_of_probabilities(trees: int, learned: Frame, judged: Frame) -> Prediction:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(trees, min_samples_leaf=_LEAST_IN_LEAF, random_state=SEED, n_jobs=1)
    probability = forest.fit(learned.rows.matrix, learned.label).predict_proba(judged.rows.matrix)[:, 1]
    return Prediction(probability, probability)


def _forest_of_amounts(trees: int, learned: Frame, judged: Frame) -> Prediction:
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(
        trees, min_samples_leaf=_LEAST_IN_LEAF, max_features="sqrt", random_state=SEED, n_jobs=1
    )
    return _amounts(forest, learned, judged)


def _amounts(learner: Any, learned: Frame, judged: Frame) -> Prediction:
    amount = learner.fit(learned.rows.matrix, np.maximum(learned.label, 0)).predict(judged.rows.matrix)
    return Prediction(amount, amount)
