"""Clusterings in the registry: one JSON a version, beside what was measured of it."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ml.clustering.assign import Clustering, clustering_of
from ml.clustering.spec import CLUSTERS
from ml.registry.versions import CARD, Versions, as_json, changed
from regulars.errors import RegularsError

_FILE, _QUALITY = "clustering.json", "quality.json"
_REFUSED = "refused"
_VERSION_LENGTH = 12


@dataclass(frozen=True)
class StoredClustering:
    """One version as it was saved and verified: ``card`` is model.json, ``quality`` is quality.json."""

    version: str
    clustering: Clustering
    card: dict[str, Any]
    quality: dict[str, Any]


class ClusterRegistry(Versions):
    """The clusterings of one home, below the folder ``root``."""

    def save(self, clustering: Clustering, card: dict[str, Any], quality: dict[str, Any]) -> str:
        """Put a clustering there, whole or not at all; returns its version, a hash of its content."""
        text = as_json(clustering.as_mapping(), indent=2)
        version = hashlib.sha256(text.encode()).hexdigest()[:_VERSION_LENGTH]
        self._put(CLUSTERS, version, {_FILE: text, _QUALITY: as_json(quality, indent=2)}, card)
        self.forget(CLUSTERS, _REFUSED)
        return version

    def load(self, model: str, version: str) -> StoredClustering:
        """One version, verified. Raises UsageError when it is not there, DataHeld when it was changed."""
        card, texts = self._taken(model, version)
        try:
            clustering, quality = clustering_of(json.loads(texts[_FILE])), json.loads(texts[_QUALITY])
        except (KeyError, TypeError, ValueError):
            raise changed(self._root / model / version / CARD) from None
        return StoredClustering(version, clustering, card, quality)

    def champion(self) -> StoredClustering | None:
        """The version that assigns customers, verified; None when none was ever promoted."""
        pointer = self.pointer(CLUSTERS)
        return self.load(CLUSTERS, pointer["version"]) if pointer else None

    def usable_champion(self) -> StoredClustering | None:
        """The same, and None also where its files were changed: what a training may go on from."""
        try:
            return self.champion()
        except RegularsError:
            return None

    def next_id(self) -> int:
        """The first number that no cluster of any champion ever had, also of those that were rolled back."""
        promoted = {entry["version"] for entry in self.history(CLUSTERS)}
        found = [1]
        for version in promoted:
            with suppress(RegularsError):
                found.append(self.load(CLUSTERS, version).clustering.next_id)
        return max(found)

    def refuse(self, reason: str, quality: dict[str, Any]) -> None:
        """Note why the last training found no clusters, and what was measured."""
        self.note(CLUSTERS, _REFUSED, {"reason": reason, "quality": quality})

    def refused(self) -> dict[str, Any] | None:
        """``reason`` and ``quality`` of the last training, where it was refused."""
        return self.noted(CLUSTERS, _REFUSED)

    def note_comparison(self, version: str, comparison: dict[str, Any]) -> None:
        """Note how ``version`` and the champion there was then compare."""
        self.note(CLUSTERS, f"comparison_{version}", comparison)

    def comparison(self, version: str) -> dict[str, Any]:
        """What was noted of ``version``; a champion nobody has where nothing was."""
        nothing: dict[str, Any] = {"champion": version, "basis": "", "agreement": None, "holds": False, "dissolved": {}}
        return self.noted(CLUSTERS, f"comparison_{version}") or nothing
