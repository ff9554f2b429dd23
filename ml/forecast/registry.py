"""Forecasts in the registry: trees as LightGBM text, all else as one JSON a version."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from ml.forecast.expectation import BuyTillYouDie
from ml.forecast.forecast import Learned
from ml.forecast.level import Level
from ml.forecast.spread import Spread
from ml.forecast.trees import Grown
from ml.forecast.trust import Trust
from ml.registry.versions import CARD, Versions, as_json, changed
from regulars.errors import RegularsError, UsageError

_FILE, _QUALITY, _LEVEL = "forecast.json", "quality.json", "level"
_VERSION_LENGTH = 12


@dataclass(frozen=True)
class StoredForecast:
    """One version as it was saved and verified: ``card`` is model.json, ``quality`` is quality.json."""

    version: str
    learned: Learned
    card: dict[str, Any]
    quality: dict[str, Any]


class ForecastRegistry(Versions):
    """The forecasts of one home, below the folder ``root``."""

    def save(self, model: str, learned: Learned, card: dict[str, Any], quality: dict[str, Any]) -> str:
        """Put what was learned there, whole or not at all; returns its version, a hash of its content."""
        files = files_of(learned)
        content = hashlib.sha256("".join(f"{name}\n{text}" for name, text in files.items()).encode())
        version = content.hexdigest()[:_VERSION_LENGTH]
        self._put(model, version, {**files, _QUALITY: as_json(quality, indent=2)}, card)
        return version

    def load(self, model: str, version: str) -> StoredForecast:
        """One version, verified. Raises UsageError when it is not there, DataHeld when it was changed."""
        card, texts = self._taken(model, version)
        try:
            quality = json.loads(texts.pop(_QUALITY))
            learned = learned_of(texts)
        except (KeyError, TypeError, ValueError, UsageError):
            raise changed(self._root / model / version / CARD) from None
        return StoredForecast(version, learned, card, quality)

    def champion(self, model: str) -> StoredForecast | None:
        """The version that is in use, verified; None when none was ever promoted."""
        pointer = self.pointer(model)
        return self.load(model, pointer["version"]) if pointer else None

    def usable_champion(self, model: str) -> StoredForecast | None:
        """The same, and None also where its files were changed."""
        try:
            return self.champion(model)
        except RegularsError:
            return None

    def note_level(self, model: str, level: Level) -> None:
        """Note the level that the latest training found: it is the season's, whichever version is in use."""
        self.note(model, _LEVEL, asdict(level))

    def level(self, model: str) -> Level | None:
        """The level of the latest training; None before the first."""
        noted = self.noted(model, _LEVEL)
        return Level(**noted) if noted else None


def files_of(learned: Learned) -> dict[str, str]:
    """The texts that are kept of what was learned, by file name."""
    boosters = learned.grown.boosters if learned.grown else {}
    texts = {
        f"{start}_{number}.txt": booster.model_to_string()
        for start, grown in sorted(boosters.items())
        for number, booster in enumerate(grown, 1)
    }
    mapping = {
        "horizon_days": learned.horizon_days,
        "buy_till_you_die": learned.buy_till_you_die.to_mapping(),
        "level": asdict(learned.level),
        "trust": asdict(learned.trust) if learned.trust else None,
        "notes": list(learned.notes),
    }
    return {_FILE: as_json(mapping, indent=2), **texts}


def learned_of(texts: dict[str, str]) -> Learned:
    """What ``files_of`` wrote. Raises KeyError, TypeError, ValueError or UsageError when that is broken."""
    mapping, trust = json.loads(texts[_FILE]), None
    if mapping["trust"]:
        spread = mapping["trust"]["spread"]
        at, low, high = (tuple(spread[name]) for name in ("at", "low", "high"))
        trust = Trust(mapping["trust"]["spend"], mapping["trust"]["active"], Spread(at, low, high, spread["mean"]))
    trees = {name: text for name, text in texts.items() if name != _FILE}
    return Learned(
        horizon_days=mapping["horizon_days"],
        buy_till_you_die=BuyTillYouDie.of_mapping(mapping["buy_till_you_die"]),
        level=Level(**mapping["level"]),
        trust=trust,
        grown=Grown.of_texts(trees) if trees else None,
        notes=tuple(mapping["notes"]),
    )
