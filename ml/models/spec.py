"""What ``conf/models`` says about a model, as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from regulars import config
from regulars.errors import UsageError, did_you_mean

Target = Literal["churn", "net_revenue", "visit_order", "cart_recovery", "response"]
CUSTOMER_TARGETS = ("churn", "net_revenue")
"""What is foretold of every customer; other targets are of moments."""


@dataclass(frozen=True)
class BoosterSpec:
    """One gradient boosted ensemble of trees; ``parameters`` go to LightGBM as they are."""

    objective: str
    seed: int
    parameters: dict[str, Any]


@dataclass(frozen=True)
class BaselineSpec:
    """The simple rule a model has to beat. ``columns`` of ``customer_features`` it reads; ``said`` is why, in words."""

    rule: str
    columns: tuple[str, ...]
    said: str = ""


@dataclass(frozen=True)
class Bands:
    """From which probability on somebody is called high, and medium; low is below."""

    high: float
    medium: float


@dataclass(frozen=True)
class ModelSpec:
    """One model: a file of ``conf/models``, its ``moments`` or its ``log``. Days are business days.

    ``rounds`` are trees of one booster; a ``learner`` of another kind has neither. ``needs``: the mart whose rows
    moments are learned from. So many origins of moments as ``origins_together`` are learned from, and tried on, as one.
    Reasons are given for scores in the ``explained_deciles`` highest deciles.
    """

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
    learner: Literal["boosters", "logistic", "log"] = "boosters"
    bands: Bands | None = None
    needs: str | None = None
    origins_together: int = 1
    explained_deciles: int = 0

    @property
    def whose(self) -> str:
        """In words, whom a row is of."""
        return "visits" if self.target == "visit_order" else "customers"

    @property
    def rows_are(self) -> str:
        """In words, what a row is."""
        return {"visit_order": "moments of visits", "response": "campaigns sent"}.get(self.target, "customers")


def spec_names() -> list[str]:
    """Names of the models of customers ``conf/models`` declares, sorted: those that score everybody each night."""
    return sorted(path.stem for path in (config.CONF / "models").glob("*.yml"))


def moment_names() -> list[str]:
    """Names of the models of moments ``conf/models/moments`` declares, sorted: of a visit under way, a cart left."""
    return sorted(path.stem for path in (config.CONF / "models" / "moments").glob("*.yml"))


def log_names() -> list[str]:
    """Names of the forecasts from the log of orders ``conf/models/log`` declares, sorted."""
    return sorted(path.stem for path in (config.CONF / "models" / "log").glob("*.yml"))


def load_spec(name: str) -> ModelSpec:
    """Read one model. Raises UsageError with the nearest name, or with file and line of what is wrong in it."""
    folder = config.CONF / "models"
    paths = {found.stem: found for found in [*folder.glob("*.yml"), *folder.glob("*/*.yml")]}
    if name not in paths:
        raise UsageError(f"There is no model '{name}'. {did_you_mean(name, paths)}", where=str(folder))
    path = paths[name]
    raw = config.load_yaml(path)
    # A forecast from a log chooses its origins by its horizon.
    origins = raw.get("origins", {"every_days": raw["horizon_days"], "count": 0, "minimum_history_days": 0})
    if raw["horizon_days"] % origins["every_days"]:
        raise UsageError(
            f"every_days {origins['every_days']} does not divide horizon_days {raw['horizon_days']}",
            where=str(path),
            next_step="choose a divisor, so that a trial lies whole horizons before the latest origin",
        )
    rounds = raw.get("rounds", dict.fromkeys(("maximum", "minimum", "early_stopping"), 0))
    return ModelSpec(
        name=name,
        target=raw["target"],
        horizon_days=raw["horizon_days"],
        every_days=origins["every_days"],
        origin_count=origins["count"],
        minimum_history_days=origins["minimum_history_days"],
        boosters=tuple(BoosterSpec(**booster) for booster in raw.get("boosters", [])),
        maximum_rounds=rounds["maximum"],
        minimum_rounds=rounds["minimum"],
        early_stopping_rounds=rounds["early_stopping"],
        refit=raw.get("refit", False),
        calibration=raw.get("calibration", "none"),
        baseline=BaselineSpec(**{**raw["baseline"], "columns": tuple(raw["baseline"]["columns"])}),
        promotion_metric=raw["promotion"]["metric"],
        minimum_gain=raw["promotion"]["minimum_gain"],
        learner=raw.get("learner", "boosters"),
        bands=_bands(raw["bands"], str(path)) if "bands" in raw else None,
        needs=raw.get("needs"),
        origins_together=origins.get("together", 1),
        explained_deciles=raw.get("explained_deciles", 0),
    )


def _bands(raw: dict[str, float], where: str) -> Bands:
    bands = Bands(**raw)
    if bands.medium > bands.high:
        raise UsageError(f"'medium' begins at {bands.medium}, above 'high' at {bands.high}", where=where)
    return bands
