"""Lays out a fresh private candidate: landed rows as views, the run's context, the last publication's memberships."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from regulars import warehouse
from regulars.build.base import base_of, made_from
from regulars.build.bindings import accepted_by, bind_base, bind_landed, bind_previous
from regulars.build.column_profiles import bind_column_profiles
from regulars.build.consents import bind_consents
from regulars.build.past_scores import bind_past_scores
from regulars.config import Home, World
from regulars.durable import remove_tree
from regulars.failpoint import failpoint
from regulars.privacy.consent_purposes import load_purposes
from regulars.segments.rfm_names import load_rfm_names, load_rfm_overdue
from regulars.sources import load_entity
from regulars.survivorship import load_survivorship, write_survivorship

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Origin:
    """An instant for which features are computed, and what it may know.

    Only in training frames: horizon_days, and every_nth_customer, where a sample of customers is enough.
    """

    as_of: datetime
    known_by: datetime
    horizon_days: int | None = None
    every_nth_customer: int = 1


@dataclass(frozen=True)
class Period:
    """A past stretch of time of which the moments of visits or carts are learned; all instants in UTC.

    What happened from ``as_of`` until before ``until`` is the label of what the night of ``as_of`` could know by
    ``known_by``. Stretches with the same ``begins`` and ``ends`` are learned from, and tried on, together. Of visitors
    or customers every ``every_nth`` is taken.
    """

    target: str
    begins: datetime
    ends: datetime
    as_of: datetime
    known_by: datetime
    until: datetime
    every_nth: int = 1


def night_origin(world: World, business_date: date) -> Origin:
    """The origin of one night: as_of, and the cut-off after it until which deliveries count."""
    return Origin(world.as_of(business_date), world.known_by(business_date))


def lay_out(
    folder: Path,
    home: Home,
    world: World,
    business_date: date,
    origins: Sequence[Origin],
    *,
    absent: Sequence[str] = (),
    whole: bool = True,
    periods: Sequence[Period] = (),
) -> Path:
    """A fresh candidate in ``folder``; whatever was there is removed. Gives ``folder``.

    ``absent``: optional entities it does without. ``whole``: everything is built. Otherwise it starts from a copy of
    the publication that knew most of what this one may know, and what was touched since is built again.
    """
    remove_tree(folder)
    folder.mkdir(parents=True)
    known_by = max(origin.known_by for origin in origins)
    accepted = accepted_by(home, known_by)
    made = made_from(world, known_by, accepted)
    name, base = (None if whole else base_of(home, made)) or ("", None)
    warehouse.create(folder / "work.duckdb")
    if base:
        shutil.copyfile(home.publications / name / "regulars.duckdb", folder / "regulars.duckdb")
    else:
        warehouse.create(folder / "regulars.duckdb")
    replace(made, base=name).write(folder)
    failpoint("build.after_lay_out")
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema if not exists marts")
        _write_run(connection, world, business_date, origins, absent)
        _write_periods(connection, periods)
        write_survivorship(connection, load_survivorship(), "work.run")
        bind_landed(connection, home, world, accepted, made, base)
        bind_consents(connection, load_purposes())
        bind_column_profiles(connection, home, world, accepted, known_by)
        bind_base(connection, base)
        bind_previous(connection, home, min(origin.as_of for origin in origins))
        is_night = not periods and all(origin.horizon_days is None for origin in origins)
        bind_past_scores(connection, home, business_date if is_night else None)
    return folder


def _write_periods(connection: duckdb.DuckDBPyConnection, periods: Sequence[Period]) -> None:
    connection.execute(
        "create table work.run.period "
        "(target varchar, begins timestamp, ends timestamp, as_of timestamp, known_by timestamp, until timestamp, "
        "every_nth integer)"
    )
    for period in periods:
        connection.execute("insert into work.run.period values (?, ?, ?, ?, ?, ?, ?)", list(astuple(period)))


def _write_run(
    connection: duckdb.DuckDBPyConnection,
    world: World,
    business_date: date,
    origins: Sequence[Origin],
    absent: Sequence[str],
) -> None:
    connection.execute("create schema work.run")
    connection.execute(
        "create table work.run.origin "
        "(as_of timestamp, known_by timestamp, horizon_days integer, every_nth_customer integer)"
    )
    for origin in origins:
        connection.execute("insert into work.run.origin values (?, ?, ?, ?)", list(astuple(origin)))
    overdue = load_rfm_overdue()
    connection.execute(
        "create table work.run.context as select ?::date as business_date, ? as business_zone, "
        "? as reporting_currency, ? as world, ? as world_title, "
        "?::integer as overdue_times_median_gap, ?::integer as overdue_at_least_days, "
        "?::integer as overdue_own_gap_from_orders",
        [business_date, world.business_zone, world.reporting_currency, world.name, world.title]
        + [overdue.times_median_gap, overdue.at_least_days, overdue.own_gap_from_orders],
    )
    connection.execute(
        "create table work.run.source_entity "
        "(source varchar, entity varchar, is_required boolean, is_absent boolean, kind varchar, "
        "provider varchar, licence varchar, expires_after_days integer)"
    )
    for name in world.entities:
        promised = load_entity(name)
        bought = promised.enriches
        connection.execute(
            "insert into work.run.source_entity values (?, ?, ?, ?, ?, ?, ?, ?)",
            [promised.source, promised.entity, name in world.required, name in absent, promised.kind]
            + ([bought.provider, bought.licence, bought.expires_after_days] if bought else [None] * 3),
        )
    connection.execute(
        "create table work.run.rfm_name (priority integer, rfm_segment varchar, r_min integer, r_max integer, "
        "f_min integer, f_max integer, m_min integer, m_max integer, first_order_max_days integer, is_overdue boolean, "
        "description varchar)"
    )
    for name_rule in load_rfm_names():
        connection.execute(
            "insert into work.run.rfm_name values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [name_rule.priority, name_rule.rfm_segment, name_rule.r_min, name_rule.r_max, name_rule.f_min]
            + [name_rule.f_max, name_rule.m_min, name_rule.m_max, name_rule.first_order_max_days]
            + [name_rule.is_overdue, name_rule.description],
        )
