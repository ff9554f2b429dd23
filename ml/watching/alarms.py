"""What alarms do: a version learned from a broken input is not promoted by itself; a lasting shift asks for another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ml.registry.store import Registry
from ml.watching.spec import load_spec
from regulars import warehouse

if TYPE_CHECKING:
    import duckdb

_DRIFT = "drift"
"""The mart; a publication of older code has none."""

# An input that has shifted for long without looking broken is how the world is now: to learn from it is the remedy.
_INPUTS = """
select because
from regulars.marts.drift
where model = ? and what = 'feature' and state = 'alarm' and (is_break or nights < ?)
order by name, measure
"""
_LASTING = """
select model, because, nights, as_of
from regulars.marts.drift
where what in ('feature', 'score', 'live') and state = 'alarm' and not is_break and nights >= ?
order by model, what, name, measure
"""


def inputs_in_alarm(connection: duckdb.DuckDBPyConnection, model: str) -> list[str]:
    """Inputs of ``model`` whose alarm may be a broken source, in words: those that look it, and those that are young.

    Empty where nothing was held against a champion: there was none, or it was trained before there were references.
    """
    if _DRIFT not in warehouse.tables(connection):
        return []
    return [because for (because,) in connection.execute(_INPUTS, [model, _nights()]).fetchall()]


def training_wanted(database: Path, models_dir: Path) -> list[str]:
    """Alarms of the published ``database`` that have lasted long enough to train anew because of them, in words.

    None of a model with a version that was trained since, be it champion or not.
    """
    nights, registry = _nights(), Registry(models_dir)
    with warehouse.published(database) as connection:
        lasting = connection.execute(_LASTING, [nights]).fetchall() if _DRIFT in warehouse.tables(connection) else []
    found = []
    for model, because, count, as_of in lasting:
        trained = [registry.trained_as_of(model, version) for version in registry.versions(model)]
        if not any(at and at > as_of - timedelta(days=nights) for at in trained):
            found.append(f"{because}, for {count} nights")
    return list(dict.fromkeys(found))


def _nights() -> int:
    return load_spec().nights_before_training
