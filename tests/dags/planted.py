"""A champion one would want to replace, planted into a home."""

from __future__ import annotations

from pathlib import Path

from ml.models.ensemble import Ensemble
from ml.registry.store import Registry


def plant_worse_champion(models: Path, model: str) -> tuple[str, str]:
    """Let a blunt version score, as if it had been trained long ago on the same; gives its name and that of the one it
    replaced.
    """
    registry = Registry(models)
    good = registry.champion(model)
    assert good is not None
    # The first tree alone tells customers apart, but badly.
    text = good.ensemble.booster_texts[0]
    trees = text.split("\nTree=1\n")[0] + "\nend of trees" + text.split("end of trees")[1]
    header, sizes = trees, next(line for line in trees.splitlines() if line.startswith("tree_sizes="))
    blunt = header.replace(sizes, sizes.split()[0])
    card = {name: good.card[name] for name in ("model", "horizon_days")} | {"as_of": "1997-06-01T00:00:00"}
    quality = {**good.quality, "origin": "1997-05-01T00:00:00"}
    worse = registry.save(
        model, Ensemble(good.ensemble.features, (blunt,), {"kind": "none"}), card, quality, good.reference
    )
    registry.promote(model, worse, reason="planted")
    return worse, good.version
