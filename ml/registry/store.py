"""The registry of fitted models: versions of LightGBM text or JSON (`ml.registry.versions` keeps them)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ml.datasets.schema import schema_hash
from ml.models.learners import Fitted, content_hash, described, files_of, restored
from ml.registry.versions import CARD, Versions, as_json, changed

_VERSION_LENGTH = 12
_REFERENCE = "reference.json"


@dataclass(frozen=True)
class StoredModel:
    """One version as it was saved and verified: ``card`` is model.json, ``quality`` is quality.json, ``reference`` is
    reference.json (`ml.watching.reference`), None of versions older than it.
    """

    version: str
    ensemble: Fitted
    card: dict[str, Any]
    quality: dict[str, Any]
    reference: dict[str, Any] | None = None


def version_of(ensemble: Fitted) -> str:
    """The name of a fitted model: the beginning of the sha256 over what was learned, calibration and schema hash."""
    return content_hash(ensemble)[:_VERSION_LENGTH]


class Registry(Versions):
    """The models of one home, below the folder ``root``."""

    def save(
        self,
        model: str,
        ensemble: Fitted,
        card: dict[str, Any],
        quality: dict[str, Any],
        reference: dict[str, Any] | None = None,
    ) -> str:
        """Put a fitted model there, whole or not at all; returns its version. The same content is saved once."""
        version = version_of(ensemble)
        files = {**files_of(ensemble), "quality.json": as_json(quality, indent=2)}
        if reference:
            files[_REFERENCE] = as_json(reference)
        self._put(model, version, files, {**described(ensemble), **card})
        return version

    def load(self, model: str, version: str) -> StoredModel:
        """One version, verified. Raises UsageError when it is not there, DataHeld when it was changed."""
        card, texts = self._taken(model, version)
        place = self._root / model / version / CARD
        try:
            quality = json.loads(texts.pop("quality.json"))
            reference = json.loads(texts.pop(_REFERENCE, "null"))
            ensemble = restored(card, texts)
        except (KeyError, TypeError, ValueError):
            raise changed(place) from None
        if schema_hash(ensemble.features) != card["schema_hash"] or version_of(ensemble) != version:
            raise changed(place)
        return StoredModel(version, ensemble, card, quality, reference)

    def champion(self, model: str) -> StoredModel | None:
        """The version that scores, verified; None when none was ever promoted."""
        pointer = self.pointer(model)
        return self.load(model, pointer["version"]) if pointer else None
