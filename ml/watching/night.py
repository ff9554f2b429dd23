"""What a night finds when it looks at models and segments: one table, and the alarms in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ml.forecast.registry import ForecastRegistry
from ml.models.spec import spec_names
from ml.registry.store import Registry
from ml.watching.finding import ALARM, WARN, Finding
from ml.watching.inputs import input_findings
from ml.watching.live import live_findings
from ml.watching.season import season_findings
from ml.watching.segments import segment_findings
from ml.watching.spec import load_spec
from regulars import logs, warehouse
from regulars.contracts import Column

_log = logs.logger("ml")

_FOUND = """
create or replace temp table found (
    model varchar, version varchar, what varchar, name varchar, measure varchar, figure double, expected double,
    warn_at double, alarm_at double, state varchar, is_break boolean, rows bigint, because varchar
)
"""
# Nights before this one come from the publication of the latest earlier as_of.
_DRIFT = """
create or replace table work.score.drift as
select
    found.model,
    found.version,
    found.what,
    found.name,
    found.measure,
    found.figure,
    found.expected,
    found.warn_at,
    found.alarm_at,
    found.state,
    found.is_break,
    cast(case when found.state = 'alarm' then 1 + coalesce(before.nights, 0) else 0 end as integer) as nights,
    found.rows,
    found.because,
    cast(? as timestamp) as as_of
from found
left join work.previous.drift as before
    on found.model = before.model and found.version = before.version and found.what = before.what
    and found.name = before.name and found.measure = before.measure
order by all
"""
# Two models that read the same feature have the same to say of it.
_ALARMS = """
select because, max(nights) as nights
from work.score.drift
where state = 'alarm'
group by because
order by nights, because
"""


def watch_night(
    candidate_folder: Path, models_dir: Path, as_of: datetime, features: Sequence[Column]
) -> dict[str, Any]:
    """Replace work.score.drift of a candidate whose customers are scored; gives alarms and warnings.

    ``features`` are the contract's, for the words they go by. ``alarms`` are sentences that name no customer, each with
    the nights it has lasted; ``new_alarms``: those of the first night. Nothing here stops a night.
    """
    spec, registry = load_spec(), Registry(models_dir)
    labels = {column.name: str(column.meta.get("label", column.name)) for column in features}
    with warehouse.candidate(candidate_folder) as connection:
        findings = segment_findings(connection, spec, as_of)
        findings += season_findings(connection, spec, ForecastRegistry(models_dir))
        for champion in _scoring(connection, registry):
            findings += input_findings(connection, spec, champion, labels, as_of)
            findings += live_findings(connection, spec, registry, champion)
        connection.execute("begin transaction")
        connection.execute(_FOUND)
        if findings:
            connection.executemany(f"insert into found values ({', '.join('?' * 13)})", [_row(one) for one in findings])
        connection.execute(_DRIFT, [as_of])
        alarms = connection.execute(_ALARMS).fetchall()
        connection.execute("commit")
    for because, nights in alarms:
        _log.warning("alarm, night %d: %s", nights, because)
    return {
        "alarms": [_in_words(because, nights) for because, nights in alarms],
        "new_alarms": [because for because, nights in alarms if nights == 1],
        "warnings": sum(one.state == WARN for one in findings),
        "watched": len(findings),
    }


def _scoring(connection: Any, registry: Registry) -> list[Any]:
    """The champions that scored tonight; a model whose rule scored has nobody to be held against."""
    query = "select distinct model from work.score.customer_score where not is_baseline"
    scored = {model for (model,) in connection.execute(query).fetchall()}
    return [champion for name in spec_names() if name in scored and (champion := registry.champion(name))]


def _in_words(because: str, nights: int) -> str:
    return because if nights == 1 else f"{because} ({nights} nights on end)"


def _row(one: Finding) -> tuple[Any, ...]:
    bounds = (one.bounds.warn, one.bounds.alarm) if one.bounds else (None, None)
    named = (one.model, one.version, one.what, one.name, one.measure, one.figure, one.expected)
    return (*named, *bounds, one.state, one.is_break and one.state == ALARM, one.rows, one.because)
