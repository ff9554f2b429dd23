"""Purchase intent while a visit is under way: a pure function of numbers that stand in one line of JSON.

Who scores a stream needs this module, that line and a mapping of features, and nothing else: no array library, no
database, no registry.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from regulars.errors import DataHeld, UsageError, did_you_mean

FORMAT = "regulars.logistic/1"
Band = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class Term:
    """What one feature adds: ``coefficient`` times its value, or log1p of it, less the mean and over the scale."""

    name: str
    is_logarithm: bool
    mean: float
    scale: float
    coefficient: float


@dataclass(frozen=True)
class IntentModel:
    """A logistic regression as it was exported. From ``high`` and ``medium`` on a probability is called so."""

    version: str
    schema_hash: str
    terms: tuple[Term, ...]
    intercept: float
    high: float
    medium: float

    def refuse_other_features(self, names: Iterable[str]) -> None:
        """Raise UsageError when the features somebody has are not those this model was trained on."""
        mine, theirs = {term.name for term in self.terms}, set(names)
        if odd := sorted(mine ^ theirs):
            raise UsageError(
                f"Model {self.version} was trained on other features: {', '.join(odd[:5])}",
                where="purchase intent",
                next_step="export the champion again, or train anew: `retrain_models`",
            )


def load_intent(text: str) -> IntentModel:
    """The model in an exported JSON text. Raises DataHeld when it is of another format or incomplete."""
    try:
        told = json.loads(text)
        if told["format"] != FORMAT:
            raise KeyError(told["format"])
        terms = tuple(
            Term(each["name"], each["transform"] == "log1p", each["mean"], each["scale"], each["coefficient"])
            for each in told["features"]
        )
        bands = told["bands"]
        return IntentModel(
            told["version"], told["schema_hash"], terms, told["intercept"], bands["high"], bands["medium"]
        )
    except (KeyError, TypeError, ValueError):
        raise DataHeld(
            f"denied: this is no model in the format {FORMAT}",
            where="purchase intent",
            next_step="export it again: `regulars model export purchase_intent`",
        ) from None


def score(model: IntentModel, features: Mapping[str, float | Decimal | None]) -> float:
    """The probability, from 0 to 1, that the visit with these ``features`` ends in an order.

    None counts as the mean of what the model learned from. Raises UsageError for a feature that lacks; those the model
    does not know are not looked at (``refuse_other_features`` compares them once).
    """
    log_odds = model.intercept
    for term in model.terms:
        try:
            value = features[term.name]
        except KeyError:
            raise UsageError(
                f"The feature '{term.name}' lacks. {did_you_mean(term.name, features)}", where="purchase intent"
            ) from None
        if value is not None:
            number = math.log1p(max(float(value), 0.0)) if term.is_logarithm else float(value)
            log_odds += term.coefficient * ((number - term.mean) / term.scale)
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1 + odds)


def band(model: IntentModel, probability: float) -> Band:
    """What a probability is called: high, medium or low."""
    if probability >= model.high:
        return "high"
    return "medium" if probability >= model.medium else "low"


def exported(card: Mapping[str, Any], learned: Mapping[str, Any], version: str) -> str:
    """One line of JSON that ``load_intent`` reads, of a version's model.json and its logistic.json."""
    columns = zip(
        card["features"],
        learned["transforms"],
        learned["means"],
        learned["scales"],
        learned["coefficients"],
        strict=True,
    )
    told = {
        "format": FORMAT,
        "model": card["model"],
        "version": version,
        "schema_hash": card["schema_hash"],
        "trained_as_of": card["as_of"],
        "bands": card["parameters"]["bands"],
        "intercept": learned["intercept"],
        "features": [
            {
                "name": feature["name"],
                "type": feature["type"],
                "transform": transform,
                "mean": mean,
                "scale": scale,
                "coefficient": coefficient,
            }
            for feature, transform, mean, scale, coefficient in columns
        ],
    }
    return json.dumps(told, sort_keys=True)
