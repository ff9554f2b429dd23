"""Boosters whose predictions are averaged and calibrated. Kept as LightGBM text and JSON; nothing is unpickled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.datasets.frame import Frame
from ml.datasets.schema import Feature
from ml.models.calibration import calibrated
from ml.models.spec import BoosterSpec, ModelSpec

if TYPE_CHECKING:
    import lightgbm

_THREADS = 1
"""LightGBM's own threads wait by spinning, and on a busy machine that costs twenty times the work."""
DETERMINISTIC = {"deterministic": True, "force_row_wise": True, "num_threads": _THREADS, "verbose": -1}
"""What makes LightGBM grow the same trees from the same rows, to the last bit."""


@dataclass(frozen=True)
class Prediction:
    """One number a customer. ``ranking`` orders customers whose ``value`` is equal: more is higher."""

    value: np.ndarray
    ranking: np.ndarray


@dataclass(frozen=True)
class Ensemble:
    """A fitted model: LightGBM texts, the calibration of their mean, and the columns it was trained on."""

    features: tuple[Feature, ...]
    booster_texts: tuple[str, ...]
    calibration: dict[str, Any]

    @cached_property
    def _boosters(self) -> list[lightgbm.Booster]:
        import lightgbm

        return [lightgbm.Booster(model_str=text) for text in self.booster_texts]

    def mean(self, matrix: np.ndarray) -> np.ndarray:
        """The mean of the boosters, before calibration."""
        return np.mean([booster.predict(matrix, num_threads=_THREADS) for booster in self._boosters], axis=0)

    def predict(self, matrix: np.ndarray) -> Prediction:
        """Probability, or amount not below zero, for each row of ``matrix`` (rows, features), null as NaN."""
        mean = self.mean(matrix)
        return Prediction(np.maximum(calibrated(self.calibration, mean), 0), mean)

    def contributions(self, matrix: np.ndarray) -> np.ndarray:
        """What each feature adds to the boosters' mean raw score: (rows, features + 1), the last is the mean of all.

        TreeSHAP (Lundberg et al., 2018); a row adds up to log-odds, or the logarithm of an amount, before calibration.
        """
        told = [booster.predict(matrix, pred_contrib=True, num_threads=_THREADS) for booster in self._boosters]
        return np.mean(told, axis=0)


def early_stopped(spec: ModelSpec, learned: Frame, later: Frame) -> tuple[list[int], list[str]]:
    """Trees each booster needs, and the boosters: fitted on ``learned``, stopped by their own loss on ``later``."""
    import lightgbm

    rounds, texts = [], []
    for booster_spec in spec.boosters:
        data = _dataset(learned)
        stop = lightgbm.early_stopping(spec.early_stopping_rounds, verbose=False)
        booster = lightgbm.train(
            _parameters(booster_spec),
            data,
            spec.maximum_rounds,
            valid_sets=[_dataset(later, reference=data)],
            callbacks=[stop],
        )
        rounds.append(max(spec.minimum_rounds, booster.best_iteration))
        texts.append(booster.model_to_string(num_iteration=rounds[-1]))
    return rounds, texts


def fitted_texts(spec: ModelSpec, frame: Frame, rounds: int) -> list[str]:
    """The boosters of ``spec``, each grown for ``rounds`` trees on ``frame``, as LightGBM text."""
    import lightgbm

    return [
        lightgbm.train(_parameters(booster_spec), _dataset(frame), rounds).model_to_string()
        for booster_spec in spec.boosters
    ]


def _parameters(spec: BoosterSpec) -> dict[str, Any]:
    return {**spec.parameters, **DETERMINISTIC, "objective": spec.objective, "seed": spec.seed}


def _dataset(frame: Frame, reference: lightgbm.Dataset | None = None) -> lightgbm.Dataset:
    import lightgbm

    return lightgbm.Dataset(
        frame.rows.matrix,
        # No objective knows an amount below zero: whom more was paid back than they paid is learned as zero.
        label=np.maximum(frame.label, 0),
        reference=reference,
        feature_name=[feature.name for feature in frame.features],
        categorical_feature=[place for place, feature in enumerate(frame.features) if feature.categories],
    )
