"""What ``conf/models`` says about a model, as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from regulars import config
from regulars.errors import UsageError, did_you_mean

Target = Literal["churn", "net_revenue"]


@dataclass(frozen=True)
class BoosterSpec:
    """One gradient boosted ensemble of trees; ``parameters`` go to LightGBM as they are."""

    objective: str
    seed: int
    parameters: dict[str, Any]


@dataclass(frozen=True)
class BaselineSpec:
    """The simple rule a model has to beat. ``columns`` of ``customer_features`` it reads."""

    rule: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ModelSpec:
    """One model: a file of ``conf/models``. Days are business days; ``rounds`` are trees of one booster."""

    name: str
    target: Target
    horizon_days: int
    every_days: int
    origin_count: int
    minimum_history_days: int
    boosters: tuple[BoosterSpec, ...]
    maximum_rounds: int
    minimum_rounds: int
    early_stopping_rounds: int
    refit: bool
    calibration: str
    baseline: BaselineSpec
    promotion_metric: str
    minimum_gain: float


def spec_names() -> list[str]:
    """Names of the models ``conf/models`` declares, sorted."""
    return sorted(path.stem for path in (config.CONF / "models").glob("*.yml"))


def load_spec(name: str) -> ModelSpec:
    """Read one model. Raises UsageError with the nearest name, or with file and line of what is wrong in it."""
    folder = config.CONF / "models"
    if name not in spec_names():
        raise UsageError(f"There is no model '{name}'. {did_you_mean(name, spec_names())}", where=str(folder))
    path = folder / f"{name}.yml"
    raw = config.load_yaml(path)
    if raw["horizon_days"] % raw["origins"]["every_days"]:
        raise UsageError(
            f"every_days {raw['origins']['every_days']} does not divide horizon_days {raw['horizon_days']}",
            where=str(path),
            next_step="choose a divisor, so that a trial lies whole horizons before the latest origin",
        )
    return ModelSpec(
        name=name,
        target=raw["target"],
        horizon_days=raw["horizon_days"],
        every_days=raw["origins"]["every_days"],
        origin_count=raw["origins"]["count"],
        minimum_history_days=raw["origins"]["minimum_history_days"],
        boosters=tuple(BoosterSpec(**booster) for booster in raw["boosters"]),
        maximum_rounds=raw["rounds"]["maximum"],
        minimum_rounds=raw["rounds"]["minimum"],
        early_stopping_rounds=raw["rounds"]["early_stopping"],
        refit=raw["refit"],
        calibration=raw["calibration"],
        baseline=BaselineSpec(raw["baseline"]["rule"], tuple(raw["baseline"]["columns"])),
        promotion_metric=raw["promotion"]["metric"],
        minimum_gain=raw["promotion"]["minimum_gain"],
    )
