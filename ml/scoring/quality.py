"""The models' figures as tables, so that a report and an analyst read the same numbers.

Those of the champions' trials, and those of each night's published scores once their horizon has passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ml.registry.comparison import Judged
from ml.registry.store import Registry
from ml.scoring.live import live_rows

if TYPE_CHECKING:
    import duckdb

TRIAL = "trial"
_QUALITY = """
create or replace table work.score.model_quality (
    model varchar, version varchar, scorer varchar, metric varchar, value double,
    origin timestamp, horizon_days integer, "rows" bigint, basis varchar
)
"""
_LIFT = """
create or replace table work.score.model_lift (
    model varchar, version varchar, scorer varchar, decile integer, customers bigint,
    predicted double, actual double, lift double
)
"""
_SLICE = """
create or replace table work.score.model_slice (
    model varchar, version varchar, slice varchar, group_name varchar, metric varchar, value double, customers bigint
)
"""
_INSERT_QUALITY = "insert into work.score.model_quality values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_LIFT = "insert into work.score.model_lift values (?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_SLICE = "insert into work.score.model_slice values (?, ?, ?, ?, ?, ?, ?)"


def write_quality(connection: duckdb.DuckDBPyConnection, registry: Registry, champions: Sequence[Judged]) -> None:
    """Replace work.score.model_quality, model_lift and model_slice: the champions' trials, and how past nights did.

    ``scorer`` is ``model`` or ``baseline``; in a trial both were judged on the same ``rows`` customers at ``origin``.
    """
    quality = [row for champion in champions for row in _quality_rows(champion)]
    quality += live_rows(connection, registry)
    lift = [row for champion in champions for row in _lift_rows(champion)]
    slices = [row for champion in champions for row in _slice_rows(champion)]
    tables = ((_QUALITY, _INSERT_QUALITY, quality), (_LIFT, _INSERT_LIFT, lift), (_SLICE, _INSERT_SLICE, slices))
    for definition, insert, rows in tables:
        connection.execute(definition)
        if rows:
            connection.executemany(insert, rows)


def _quality_rows(champion: Judged) -> list[tuple[Any, ...]]:
    quality = champion.quality
    context = (datetime.fromisoformat(quality["origin"]), quality["horizon_days"], quality["rows"])
    return [
        (champion.card["model"], champion.version, scorer, metric, value, *context, TRIAL)
        for scorer, figures in sorted(quality["metrics"].items())
        for metric, value in sorted(figures.items())
    ]


def _lift_rows(champion: Judged) -> list[tuple[Any, ...]]:
    columns = ("decile", "customers", "predicted", "actual", "lift")
    return [
        (champion.card["model"], champion.version, scorer, *(row[column] for column in columns))
        for scorer, rows in sorted(champion.quality["lift"].items())
        for row in rows
    ]


def _slice_rows(champion: Judged) -> list[tuple[Any, ...]]:
    """Nothing of a version that was trained before slices were kept."""
    columns = ("slice", "group_name", "metric", "value", "customers")
    return [
        (champion.card["model"], champion.version, *(row[column] for column in columns))
        for row in champion.quality.get("slices", [])
    ]
