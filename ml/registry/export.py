"""A champion as one line of JSON, for whoever scores without this house's libraries."""

from __future__ import annotations

from ml.models.logistic import Logistic
from ml.models.spec import load_spec
from ml.registry.store import Registry
from ml.scoring.intent import exported
from regulars.errors import RegularsError, UsageError


def exported_champion(registry: Registry, name: str) -> str:
    """The champion of ``name`` in the format of `ml.scoring.intent`.

    Raises UsageError for a model that is no logistic regression, RegularsError while there is no champion.
    """
    spec = load_spec(name)
    if spec.learner != "logistic":
        raise UsageError(
            f"Model '{name}' is made of trees, which are kept as LightGBM text already",
            where=f"model '{name}'",
            next_step="take booster_*.txt of its folder in the home's models/",
        )
    champion = registry.champion(spec.name)
    if not champion or not isinstance(champion.ensemble, Logistic):
        raise RegularsError(
            "There is no champion to export: no trained model has beaten its rule yet",
            where=f"model '{name}'",
            next_step="run `retrain_models`; it says what is lacking",
        )
    return exported(champion.card, champion.ensemble.as_mapping(), champion.version)
