"""Puts the page together: facts from the marts, charts from the facts, one file with everything inside."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from regulars import config, warehouse
from regulars.config import World
from regulars.durable import write_text
from regulars.errors import RegularsError
from regulars.failpoint import failpoint
from regulars.report import engine, facts, scores, wording
from regulars.report.facts import Row
from regulars.report.identity import identity_section
from regulars.report.watching import watching_section

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb


def write_report(candidate_folder: Path, world: World) -> Path:
    """Write ``report.html`` beside the marts of the candidate and give its path.

    One self-contained page that opens from disk and fetches nothing; the same marts give the same bytes. Units and
    windows of its figures are those of ``facts`` and ``scores``. Raises RegularsError where there is no candidate.
    """
    if not (candidate_folder / "regulars.duckdb").exists():
        raise RegularsError("There is no candidate", where=str(candidate_folder), next_step="run `regulars run`")
    with warehouse.candidate(candidate_folder, read_only=True) as connection:
        content = page(connection, world)
    failpoint("report.before_write")
    path = candidate_folder / "report.html"
    write_text(path, content)
    return path


def page(connection: duckdb.DuckDBPyConnection, world: World) -> str:
    """The whole page as HTML, from an open candidate."""
    from regulars.report.clusters import cluster_section
    from regulars.report.model_quality import model_sections

    night = facts.night(connection)
    style, notices = ((engine.TEMPLATES / name).read_text(encoding="utf-8") for name in ("style.css", "notices.txt"))
    script = engine.bundle()
    return (
        _environment(night["currency"])
        .get_template("page.html.j2")
        .render(
            world=world,
            night=night,
            horizon_start=wording.local(night["as_of"], world.business_zone),
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - the bundled engine and our own file
            policy=engine.content_security_policy([script], [style]),
            notices=notices,
            engine_versions=engine.versions(),
            freshness=partial(wording.freshness, business_date=night["business_date"]),
            export_command=partial(_export_command, world),
            models=model_sections(connection, world, night["currency"]),
            **_customers(connection, night),
            clustered=cluster_section(connection, night["currency"]),
            identity=identity_section(connection),
            watching=watching_section(connection),
            **_operations(connection),
        )
    )


def _customers(connection: duckdb.DuckDBPyConnection, night: Row) -> dict[str, Any]:
    from regulars.report import charts

    names = {name["rfm_segment"]: name for name in facts.rfm_names(connection)}
    cut_offs = facts.rfm_cut_offs(connection)
    rfm = facts.rfm_segments(connection)
    for row in rfm:
        name = names.get(row["rfm_segment"])
        row["rule"] = wording.rfm_rule(name, cut_offs, night) if name else []
        row["description"] = name["description"] if name else ""
    overlaps: dict[str, list[Row]] = {}
    for row in facts.overlaps(connection):
        overlaps.setdefault(row["segment_id"], []).append(row)
    return {
        "headline": facts.headline(connection),
        "worth": scores.worth_a_call(connection),
        "first_calls": scores.first_calls(connection),
        "rfm": rfm,
        "rfm_order": list(names),
        "rfm_chart": charts.rfm_shares(rfm),
        "cut_offs": cut_offs,
        "segments": facts.segments(connection),
        "overlaps": overlaps,
    }


def _operations(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    ledger, events, gates = facts.ledger(connection), facts.event_names(connection), facts.gates(connection)
    return {
        "ledger": ledger,
        "ledger_total": facts.ledger_total(connection),
        "absent": [row for row in ledger if row["is_absent"]],
        "events": events,
        "has_page_views": any(row["event_name"] == "Page Viewed" for row in events),
        "cleaning": facts.cleaning_log(connection),
        "gates": gates,
        "gates_by_name": facts.gates_by_name(connection),
        "gate_counts": facts.gate_counts(connection),
    }


def _environment(currency: str) -> Environment:
    """Templates in which every value is escaped, and every figure carries its exact value in a ``data`` element."""
    environment = Environment(
        loader=FileSystemLoader(engine.TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "count": _figure(wording.count),
        "percent": _figure(wording.percent),
        "decimals": _figure(wording.decimals),
        "money": _figure(partial(wording.money, currency=currency)),
        "cents": _figure(partial(wording.money, currency=currency, places=2)),
        "counted": _figure(wording.plural),
        "metric": lambda value, metric: _figure(partial(metric.written, currency=currency))(value),
        "written": lambda value, write: _figure(write)(value),
        "day": wording.day,
        "short_day": wording.short_day,
        "instant": wording.instant,
        "cut_off": partial(wording.cut_off, currency=currency),
    }
    return environment


def _figure(write: Callable[..., str]) -> Callable[..., Markup]:
    def figure(value: Any, *how: Any) -> Markup:
        if value is None:
            return escape(wording.MISSING)
        # A figure and its unit stay on one line.
        return Markup('<data value="{}">{}</data>').format(value, write(value, *how).replace(" ", "\N{NO-BREAK SPACE}"))

    return figure


def _export_command(world: World, segment_id: str) -> str:
    prefix = "" if world.name == config.DEFAULT_WORLD else f"REGULARS_WORLD={world.name} "
    return f"{prefix}regulars segment export {shlex.quote(segment_id)}"
