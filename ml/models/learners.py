"""The kinds of fitted models there are, and how each is kept: files, what model.json says, and back."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ml.datasets.schema import Feature, schema_hash
from ml.models.ensemble import Ensemble
from ml.models.logistic import Logistic

Fitted = Ensemble | Logistic
"""What predicts: it knows its ``features`` and gives a ``Prediction`` of a matrix of them."""

_LOGISTIC_FILE = "logistic.json"


def files_of(fitted: Fitted) -> dict[str, str]:
    """The texts that are kept of ``fitted``, by file name."""
    if isinstance(fitted, Logistic):
        return {_LOGISTIC_FILE: json.dumps(fitted.as_mapping(), indent=2, sort_keys=True)}
    return {f"booster_{number}.txt": text for number, text in enumerate(fitted.booster_texts)}


def described(fitted: Fitted) -> dict[str, Any]:
    """What model.json says of ``fitted`` beside its files."""
    columns = {
        "features": [feature.as_mapping() for feature in fitted.features],
        "schema_hash": schema_hash(fitted.features),
    }
    return columns | ({"calibration": fitted.calibration} if isinstance(fitted, Ensemble) else {})


def restored(card: dict[str, Any], texts: dict[str, str]) -> Fitted:
    """What was kept as ``card`` and ``texts`` by file name.

    Raises KeyError, TypeError or ValueError when that is broken.
    """
    features = tuple(Feature(f["name"], f["type"], tuple(f["categories"])) for f in card["features"])
    if _LOGISTIC_FILE in texts:
        return Logistic.of_mapping(features, json.loads(texts[_LOGISTIC_FILE]))
    return Ensemble(features, tuple(texts.values()), card["calibration"])


def content_hash(fitted: Fitted) -> str:
    """sha256 over what was learned and the schema hash."""
    content = hashlib.sha256()
    for text in files_of(fitted).values():
        content.update(hashlib.sha256(text.encode()).hexdigest().encode())
    if isinstance(fitted, Ensemble):
        content.update(json.dumps(fitted.calibration, sort_keys=True, ensure_ascii=False).encode())
    content.update(schema_hash(fitted.features).encode())
    return content.hexdigest()
