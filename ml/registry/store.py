"""The registry of fitted models: versions of LightGBM text and JSON (`ml.registry.versions` keeps them)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from ml.datasets.schema import Feature, schema_hash
from ml.models.ensemble import Ensemble
from ml.registry.versions import CARD, Versions, as_json, changed, sha256_of_text

_VERSION_LENGTH = 12


@dataclass(frozen=True)
class StoredModel:
    """One version as it was saved and verified: ``card`` is model.json, ``quality`` is quality.json."""

    version: str
    ensemble: Ensemble
    card: dict[str, Any]
    quality: dict[str, Any]


def version_of(ensemble: Ensemble) -> str:
    """The name of a fitted model: the beginning of the sha256 over boosters, calibration and schema hash."""
    content = hashlib.sha256()
    for text in ensemble.booster_texts:
        content.update(sha256_of_text(text).encode())
    content.update(as_json(ensemble.calibration).encode())
    content.update(schema_hash(ensemble.features).encode())
    return content.hexdigest()[:_VERSION_LENGTH]


class Registry(Versions):
    """The models of one home, below the folder ``root``."""

    def save(self, model: str, ensemble: Ensemble, card: dict[str, Any], quality: dict[str, Any]) -> str:
        """Put a fitted model there, whole or not at all; returns its version. The same content is saved once."""
        version = version_of(ensemble)
        files = {f"booster_{number}.txt": text for number, text in enumerate(ensemble.booster_texts)}
        files["quality.json"] = as_json(quality, indent=2)
        self._put(model, version, files, {**_described(ensemble), **card})
        return version

    def load(self, model: str, version: str) -> StoredModel:
        """One version, verified. Raises UsageError when it is not there, DataHeld when it was changed."""
        card, texts = self._taken(model, version)
        place = self._root / model / version / CARD
        try:
            quality = json.loads(texts.pop("quality.json"))
            features = tuple(Feature(f["name"], f["type"], tuple(f["categories"])) for f in card["features"])
            ensemble = Ensemble(features, tuple(texts.values()), card["calibration"])
        except (KeyError, TypeError, ValueError):
            raise changed(place) from None
        if schema_hash(features) != card["schema_hash"] or version_of(ensemble) != version:
            raise changed(place)
        return StoredModel(version, ensemble, card, quality)

    def champion(self, model: str) -> StoredModel | None:
        """The version that scores, verified; None when none was ever promoted."""
        pointer = self.pointer(model)
        return self.load(model, pointer["version"]) if pointer else None


def _described(ensemble: Ensemble) -> dict[str, Any]:
    return {
        "features": [feature.as_mapping() for feature in ensemble.features],
        "schema_hash": schema_hash(ensemble.features),
        "calibration": ensemble.calibration,
    }
