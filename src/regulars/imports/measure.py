"""What a file says beyond its columns: how many rows, from when to when, in which money, what a person must know."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from regulars.imports.reading import FIRST_ROWS, ROWS, TextFile
from regulars.imports.recognise import Match
from regulars.json_sql import text_sql
from regulars.sources import Column, SourceEntity, load_kind
from regulars.spelling import spelled_sql
from regulars.warehouse import named, quoted

_ASKED = ("currency", "status", "email_consent", "sms_consent")
"""Columns whose values are counted one by one."""
_OFFSET = re.compile(r"([+-]\d\d):?(\d\d)$")
_MEANT = {"status": ("placed", "cancelled", "test")}
"""Words a column must come to."""


@dataclass(frozen=True)
class Facts:
    """Of a file: rows, and of what its key tells apart how many; the first and last instant in UTC, null where it has
    none; currencies and states with their rows; counts of what is lacking or cannot be read.
    """

    rows: int
    keys: int
    first: datetime | None = None
    last: datetime | None = None
    currencies: Counter[str] = field(default_factory=Counter)
    unknown_words: Counter[str] = field(default_factory=Counter)
    unread_times: int = 0
    ahead: int = 0
    without_contact: int = 0
    answers: dict[str, Counter[str]] = field(default_factory=dict)


def mapped_rows_sql(file: TextFile, entity: SourceEntity, match: Match, rows: str = ROWS) -> str:
    """SELECT of ``rows`` of the file with the columns of its contract, in strict form."""
    if file.is_json:
        return f"with {text_sql(entity, rows, is_judged=False)} {spelled_sql(entity, 'text')}"
    columns = [
        f"{file.column(match.found[column.name])} as {column.name}"
        for column in entity.read_columns
        if column.name in match.found
    ]
    columns += [f"null::varchar as {column.name}" for column in entity.read_columns if column.name not in match.found]
    return spelled_sql(entity, f"(select {', '.join(columns)} from {rows})")


def measured(file: TextFile, entity: SourceEntity, match: Match, until: datetime) -> Facts:
    """The facts of ``file``, read once by its contract; an instant after ``until`` counts as lying ahead."""
    times = [column.name for column in entity.columns if column.type == "timestamp"]
    wanted = _wanted(entity, times, until)
    if file.is_json:
        # To plan all the columns of a day of events takes as long as to read them, and to tell its events apart by
        # their hash longer than all else; landing does.
        if (key := _key(entity)).digest_of:
            wanted["key"] = "null"
        few = {*([] if key.digest_of else [key.name]), "email", "phone", *_ASKED, *times}
        entity = replace(entity, columns=tuple(column for column in entity.columns if column.name in few))
    selected = ", ".join(f'{sql} as "{name}"' for name, sql in wanted.items())
    asked = [name for name in wanted if name in _ASKED]
    figures = [
        "count(*)",
        'count(distinct "key")',
        "count(*) filter (lacks)",
        *(f'histogram("{one}")' for one in asked),
    ]
    if times:
        figures += ['min("at")', 'max("latest")', "count(*) filter (unread)", "count(*) filter (ahead)"]
    # Instants are told apart first: SQL that says them once for each of their uses takes longer to plan than to run.
    instants = "".join(f", {_instant(name)} as {named(_at(name))}" for name in times)
    rows_sql = f"select *{instants} from ({mapped_rows_sql(file, entity, match)})"
    row = file.connection.execute(f"select {', '.join(figures)} from (select {selected} from ({rows_sql}))").fetchone()
    rows, keys, without_contact, *found = row or ()
    told = {name: _most_said_first(found.pop(0)) for name in asked}
    first, last, unread_times, ahead = found if times else (None, None, 0, 0)
    unknown = Counter({word: rows for word, rows in told.get("status", {}).items() if word not in _MEANT["status"]})
    return Facts(
        rows=rows,
        keys=keys,
        first=first,
        last=last,
        currencies=Counter({word.upper(): rows for word, rows in told.get("currency", {}).items()}),
        unknown_words=unknown,
        unread_times=unread_times,
        ahead=ahead,
        without_contact=without_contact,
        answers={name: told[name] for name in ("email_consent", "sms_consent") if name in told},
    )


def _key(entity: SourceEntity) -> Column:
    return next(column for column in entity.columns if column.name == entity.key[0])


def _wanted(entity: SourceEntity, times: list[str], until: datetime) -> dict[str, str]:
    """By name the SQL of what is looked at in each row: its key, whether it lacks a contact, answers, and of its
    ``times`` when it happened, the latest that does not lie ahead of ``until``, whether one is unread or ahead.
    """
    names = {column.name for column in entity.columns}
    reach = [f"nullif({name}, '') is null" for name in ("email", "phone") if name in names]
    wanted = {"key": _key(entity).name, "lacks": " and ".join(reach) or "false"}
    wanted |= {name: f"nullif({name}, '')" for name in _ASKED if name in names}
    if not times:
        return wanted
    instants = [named(_at(name)) for name in times]
    # What lies ahead of our clock is a slip, and no day of the shop.
    seen = ", ".join(f"case when {one} <= {quoted(until)}::timestamp then {one} end" for one in instants)
    unread = " or ".join(
        f"(nullif({name}, '') is not null and {one} is null)" for name, one in zip(times, instants, strict=True)
    )
    ahead = " or ".join(f"coalesce({one} > {quoted(until)}::timestamp, false)" for one in instants)
    return wanted | {"at": instants[0], "latest": f"greatest({seen})", "unread": unread, "ahead": ahead}


def _at(name: str) -> str:
    return f"instant {name}"


def _instant(name: str) -> str:
    # The calendars of zones are slow, and what ends in Z needs none.
    return (
        f"case when ends_with({name}, 'Z') then try_cast({name} as timestamp) "
        f"else try_cast({name} as timestamptz)::timestamp end"
    )


def decimal_mark(file: TextFile, match: Match) -> str:
    """The sign before the cents: a comma where more amounts end in one and two digits than in a point."""
    kinds = {column.name: column.type for column in load_kind(match.format.kind).columns}
    amounts = [file.column(label) for name, label in match.found.items() if kinds[name] == "decimal"]
    if not amounts or file.is_json:
        return "."
    ends = [
        " + ".join(f"count(*) filter (regexp_matches({column}, '{mark}[0-9]{{1,2}}[^0-9]*$'))" for column in amounts)
        for mark in (",", "[.]")
    ]
    row = file.connection.execute(f"select {', '.join(ends)} from {FIRST_ROWS}").fetchone()
    commas, points = row or (0, 0)
    return "," if commas > points else "."


def _most_said_first(counted: Mapping[str, int] | None) -> Counter[str]:
    """Rows by word; None: there is no row."""
    return Counter(dict(sorted((counted or {}).items(), key=lambda one: (-one[1], one[0]))))


def offsets(file: TextFile, match: Match) -> dict[tuple[date, str], int]:
    """The offsets the file's times carry, a row for each day and offset; empty where they carry none."""
    if "ordered_at" not in match.found or file.is_json:
        return {}
    column = file.column(match.found["ordered_at"])
    rows = file.connection.execute(
        f"select try_cast(left(trim({column}), 10) as date) as day, "
        f"regexp_extract(trim({column}), '([+-][0-9]{{2}}:?[0-9]{{2}})$') as said, count(*) "
        f"from {ROWS} group by all having day is not null and said <> '' order by all"
    ).fetchall()
    return {(day, said): times for day, said, times in rows}


def zones_that_fit(said: dict[tuple[date, str], int]) -> list[str]:
    """IANA zones of places whose offset at noon of each day is one of those the file has for it; the first is as good
    as the others for these days.
    """
    by_day: dict[date, set[int]] = {}
    for day, text in said:
        hours, minutes = _OFFSET.search(text).groups()  # type: ignore[union-attr]
        by_day.setdefault(day, set()).add(int(hours) * 60 + int(f"{hours[0]}{minutes}"))
    return [name for name in _places() if all(_minutes(name, day) in held for day, held in by_day.items())]


@cache
def _places() -> tuple[str, ...]:
    regions = ("Europe/", "America/", "Asia/", "Australia/", "Pacific/", "Africa/", "Atlantic/", "Indian/")
    found = [
        (regions.index(region), name) for name in available_timezones() for region in regions if name.startswith(region)
    ]
    return tuple(name for _, name in sorted(found))


def _minutes(zone: str, day: date) -> int:
    offset = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).utcoffset()
    return round(offset.total_seconds() / 60) if offset else 0


def preview(file: TextFile, entity: SourceEntity, match: Match, lines: int = 5) -> tuple[list[str], list[list[Any]]]:
    """The first rows as they are mapped; personal values are hidden, and what is not mapped is not shown."""
    columns = [column for column in entity.columns if column.value is not None or column.name in match.found]
    shown = ", ".join(
        f"case when nullif({column.name}, '') is not null then '•••' end" if column.personal else column.name
        for column in columns
    )
    rows = file.connection.execute(
        f"select {shown} from ({mapped_rows_sql(file, entity, match, FIRST_ROWS)}) limit {lines}"
    ).fetchall()
    return [column.name for column in columns], [list(row) for row in rows]
