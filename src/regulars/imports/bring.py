"""Brings export files in: each is recognised and measured, then a contract and a world are written, the home is
claimed, and the files are put into its inbox.

Nothing is written before every file has been recognised. Killed anywhere and run again, the outcome is the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from regulars import clock, config
from regulars.config import Home
from regulars.errors import UsageError, did_you_mean
from regulars.imports import measure, shop
from regulars.imports.dropping import drop
from regulars.imports.formats import Format, load_formats
from regulars.imports.measure import Facts
from regulars.imports.reading import TextFile, opened
from regulars.imports.recognise import Match, recognised

_AHEAD = timedelta(days=1)
"""Clocks differ by less; a day that was told is not over when it begins."""

_FILES_AT_ONCE = 2

_IN_NAME = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Asked:
    """What a person says of the files: the shop's ``name``, its ``zone`` and ``currency`` where files do not tell, the
    business date the files are of, and what ``words`` for the state of an order mean.
    """

    name: str
    zone: str | None = None
    currency: str | None = None
    business_date: date | None = None
    words: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Brought:
    """One file as it was recognised and measured; ``place``: where it lies now, empty when it was there before."""

    path: Path
    match: Match
    facts: Facts
    business_date: date
    contract: dict[str, Any]
    warnings: list[str]
    place: str = ""


def bring(paths: Sequence[Path], asked: Asked, *, write: bool = True) -> tuple[shop.Shop, list[Brought]]:
    """Recognise ``paths`` and, with ``write``, make of them the shop ``asked.name`` or what its next run reads.

    Raises UsageError for a file of no known format, for a word or a zone nobody knows, where something must be told
    that the files do not say, and for a home or a world of another make.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", asked.name):
        raise UsageError(f"'{asked.name}' is no name: small letters, digits and single underscores")
    earlier = shop.earlier_world(asked.name) or {}
    found, zone, told = _found(paths, asked, earlier)
    currency = _currency(found, asked, earlier)
    dated = _dated(found, asked, earlier, zone)
    starts = [one.facts.first for one in dated if one.facts.first and one.match.format.history]
    firsts = [_day(first, zone) for first in starts] + ([earlier["alive"]["from"]] if earlier else [])
    last = max([one.business_date for one in dated] + ([earlier["last_business_date"]] if earlier else []))
    mine = shop.Shop(asked.name, zone, currency, min(firsts, default=last), last)
    warned = [_with_warnings(one, mine, told) for one in dated]
    if write:
        warned = _with_contracts(warned, mine)
        _write_world(warned, mine, earlier)
        config.claim_home(config.home(), mine.name)
        warned = [Brought(**{**vars(one), "place": _dropped(one, config.home())}) for one in warned]
    return mine, warned


def preview(one: Brought) -> tuple[list[str], list[list[Any]]]:
    """Columns and first rows of a file as they are mapped; personal values are hidden."""
    with opened(one.path) as file:
        return measure.preview(file, shop.entity_from(one.contract), one.match)


def _found(paths: Sequence[Path], asked: Asked, earlier: Mapping[str, Any]) -> tuple[list[Brought], str, str]:
    """The files recognised and measured, the shop's zone, and how it was told where nobody said it."""
    if asked.zone and asked.zone not in available_timezones():
        near = did_you_mean(asked.zone, available_timezones())
        raise UsageError(f"There is no time zone '{asked.zone}'. {near}")
    formats = load_formats()
    if zone := asked.zone or earlier.get("business_zone", ""):
        with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
            return list(pool.map(lambda path: _looked_at_alone(path, formats, asked, zone), paths)), zone, ""
    with ExitStack() as held:
        files = [held.enter_context(opened(path)) for path in paths]
        matches = [recognised(file, formats) for file in files]
        zone, told = _zone(files, matches, asked)
        return [_looked_at(file, match, asked, zone) for file, match in zip(files, matches, strict=True)], zone, told


def _looked_at_alone(path: Path, formats: tuple[Format, ...], asked: Asked, zone: str) -> Brought:
    """Few files at once: events come as a file a day, and each that is open is held in memory."""
    with opened(path) as file:
        return _looked_at(file, recognised(file, formats), asked, zone)


def _zone(files: list[TextFile], matches: list[Match], asked: Asked) -> tuple[str, str]:
    """The zone that fits the offsets the files carry, and how it was told."""
    said: Counter[tuple[date, str]] = Counter()
    for file, match in zip(files, matches, strict=True):
        said.update(measure.offsets(file, match))
    fitting = measure.zones_that_fit(dict(said)) if said else []
    if not fitting:
        one = next((match for match in matches if match.format.zone), matches[0])
        is_money_told = asked.currency or any("currency" in match.found for match in matches)
        lacking, example = ("", "") if is_money_told else (", nor the currency", " --currency EUR")
        raise UsageError(
            f"Nothing in these files tells the time zone of the shop{lacking} ({one.format.title})",
            next_step=f"say it, for example --zone Europe/Berlin{example}",
        )
    return fitting[0], f"the zone {fitting[0]} is told from the offsets of times; {len(fitting) - 1} others fit as well"


def _looked_at(file: TextFile, match: Match, asked: Asked, zone: str) -> Brought:
    mark = measure.decimal_mark(file, match)
    words = {word.casefold(): meant for word, meant in (asked.words or {}).items()}
    contract = shop.contract_of(
        match, asked.name, zone if match.format.zone == "ask" else match.format.zone, mark, words
    )
    entity = shop.entity_from(contract)
    until = clock.utc_now() if asked.business_date is None else clock.business_day_start(asked.business_date, zone)
    facts = measure.measured(file, entity, match, until + _AHEAD)
    if facts.unknown_words:
        shown = ", ".join(f"'{word}' ({rows:,} rows)" for word, rows in facts.unknown_words.most_common(5))
        raise UsageError(
            f"What becomes of an order in this state nobody knows: {shown}",
            where=str(file.path),
            next_step="say for each whether it is placed, cancelled or test: --word "
            + f"'{next(iter(facts.unknown_words))}=placed'",
        )
    return Brought(file.path, match, facts, date.min, contract, [])


def _currency(found: list[Brought], asked: Asked, earlier: Mapping[str, Any]) -> str:
    said: Counter[str] = Counter()
    for one in found:
        said.update(one.facts.currencies)
    if asked.currency or earlier:
        return (asked.currency or str(earlier["reporting_currency"])).upper()
    if not said:
        raise UsageError("Nothing in these files tells the currency", next_step="say it, for example --currency EUR")
    return said.most_common(1)[0][0]


def _dated(found: list[Brought], asked: Asked, earlier: Mapping[str, Any], zone: str) -> list[Brought]:
    """The business date of each file: as told, by its name, by what happened last in it, else that of the others; a
    file that is alone and says nothing was written on it."""
    happened = {one.path: _day(one.facts.last, zone) for one in found if one.facts.last and one.match.format.history}
    shared = max([*happened.values(), *([earlier["last_business_date"]] if earlier else [])], default=None)

    def of(one: Brought) -> date:
        if asked.business_date:
            return asked.business_date
        if table := one.match.format.table_of(one.path):
            return table.day
        named = _IN_NAME.search(one.path.name)
        written = _day(datetime.fromtimestamp(one.path.stat().st_mtime, UTC).replace(tzinfo=None), zone)
        told = date.fromisoformat(named.group()) if named else happened.get(one.path) or shared or written
        # Nothing happens after a file was written, whatever its name says.
        return max(told, _day(one.facts.last, zone)) if one.facts.last else told

    return [Brought(**{**vars(one), "business_date": of(one)}) for one in found]


def _day(instant: datetime, zone: str) -> date:
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def _with_warnings(one: Brought, mine: shop.Shop, told: str) -> Brought:
    facts, match = one.facts, one.match
    other = {currency: rows for currency, rows in facts.currencies.items() if currency != mine.currency}
    told_of = {
        told if match.format.history else "": 1,
        "rows with a time that cannot be read; they will be refused": facts.unread_times,
        "rows with a time that lies ahead; they will be refused": facts.ahead,
        f"orders in another currency than {mine.currency}; they will not count": sum(other.values()),
        "rows reach nobody by e-mail or phone": facts.without_contact if match.format.entity == "contact" else 0,
    }
    warnings = [
        text if count == 1 and text == told else f"{count:,} {text}"
        for text, count in told_of.items()
        if count and text
    ]
    return Brought(**{**vars(one), "warnings": [*warnings, *match.format.notes]})


def _with_contracts(found: list[Brought], mine: shop.Shop) -> list[Brought]:
    """Each with its contract, written once for all files that say the same."""
    one_of_each = {repr(one.contract): one for one in found}
    written = {said: _written_contract(one, mine) for said, one in one_of_each.items()}
    return [Brought(**{**vars(one), "contract": written[repr(one.contract)]}) for one in found]


def _written_contract(one: Brought, mine: shop.Shop) -> dict[str, Any]:
    """Its contract, with what earlier files of the shop had."""
    status: dict[str, Any] = next((each for each in one.contract["columns"] if each["name"] == "status"), {})
    written = one.contract["written"]
    contract = shop.contract_of(
        one.match, mine.name, written.get("zone"), written["decimal_mark"], status.get("words", {})
    )
    shop.write_contract(contract)
    return contract


def _write_world(found: list[Brought], mine: shop.Shop, earlier: Mapping[str, Any]) -> None:
    entities = dict.fromkeys(earlier.get("required", ()), True) | dict.fromkeys(earlier.get("optional", ()), False)
    entities |= {f"{one.contract['source']}__{one.contract['entity']}": one.match.format.history for one in found}
    if not any(entities.values()):
        entities = dict.fromkeys(entities, True)
    titles = sorted({one.match.format.title for one in found} | set(_titles(earlier)))
    shop.write_world(mine, titles, entities)
    config.forget_worlds()


def _titles(earlier: Mapping[str, Any]) -> list[str]:
    notice = str(earlier.get("notice", ""))
    return notice.split(": ", 1)[1].split(". ", 1)[0].split(", ") if ": " in notice else []


def _dropped(one: Brought, home: Home) -> str:
    table = one.match.format.table_of(one.path)
    return drop(one.path, one.contract, one.business_date, home.inbox / one.contract["source"], table)
