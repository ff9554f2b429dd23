"""Lays the days of a simulated shop into the inbox of a home, as its source systems would drop them."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, fields
from datetime import date
from typing import TYPE_CHECKING

from regulars import config, durable, sources, warehouse
from regulars.config import Home, World
from regulars.demo.series import drop
from regulars.demo.simulate import bought, people
from regulars.demo.simulate.blocks import Plan, rows_of
from regulars.demo.simulate.catalogue import catalogue, product_file
from regulars.demo.simulate.contacts import mail_addresses, records, versions
from regulars.demo.simulate.shop import BLOCK_DAYS, HORIZON_DAYS, Calendar, Shop
from regulars.demo.simulate.truth import write_truth
from regulars.demo.simulate.written import AREA, CONSUMER, CONTACT, DAILY, PRODUCT, Extract, extract, header
from regulars.errors import UsageError
from regulars.sources import DATE_FIELD

if TYPE_CHECKING:
    import duckdb

BOUGHT = {CONSUMER: bought.consumer_file, AREA: bought.area_file}
"""What makes each file that comes twice a year."""

_COMPRESSION_LEVEL = 1
"""Half the time of the usual level; these files are read once."""


def simulate(home: Home, world: World, shop: Shop, days: int, progress: Callable[[str], None] | None = None) -> int:
    """Lay out the first ``days`` business days of ``shop``; gives how many files were written."""
    calendar = Calendar(world.alive_from, world.business_zone)
    return simulate_days(home, world, shop, map(calendar.day, range(days)), progress=progress)


def simulate_days(
    home: Home,
    world: World,
    shop: Shop,
    days: Iterable[date],
    *,
    missing: Collection[tuple[str, date]] = (),
    progress: Callable[[str], None] | None = None,
) -> int:
    """Lay out the files of ``days`` that the inbox lacks; gives how many were written.

    ``missing``: entity and day of files that do not come; laid out later, they are late. The bytes of a file depend on
    ``shop`` and its day alone. From then on the home's world ends with the last of all its days. Raises UsageError for
    a world that is not simulated, a day outside the two years, or a home that has another shop.
    """
    calendar = Calendar(world.alive_from, world.business_zone)
    numbers = sorted({calendar.number(day) for day in days})
    _claim(home, world, shop, numbers)
    plan = plan_of(shop, calendar)
    write_truth(home, plan)
    written = 0
    with warehouse.memory() as connection:
        making = _Making(plan, connection)
        for block in sorted({number // BLOCK_DAYS for number in numbers}):
            wanted = [
                (entity, number, name)
                for number in numbers
                if number // BLOCK_DAYS == block
                for entity in (*DAILY, PRODUCT, *BOUGHT)
                if (entity, calendar.day(number)) not in missing
                for name in _names(shop, calendar, entity, number)
                if not (home.inbox / name).exists()
            ]
            if wanted and progress:
                first, last = (calendar.day(wanted[place][1]) for place in (0, -1))
                progress(f"simulating {first} to {last}: {len(wanted):,} files")
            for entity, number, name in wanted:
                drop(home.inbox / name, making.content(entity, number))
            written += len(wanted)
    return written


def _claim(home: Home, world: World, shop: Shop, numbers: list[int]) -> None:
    """Make the home that of ``shop``, with its last day in it."""
    if not world.is_simulated:
        raise UsageError(
            f"The world '{world.name}' is not simulated", next_step="set REGULARS_WORLD=shop and another REGULARS_HOME"
        )
    if not numbers or numbers[0] < 0 or numbers[-1] >= HORIZON_DAYS:
        raise UsageError(f"A simulated shop has {HORIZON_DAYS} days, from {world.alive_from} on")
    config.claim_home(home, world.name)
    stamp, mine = config.simulation_file(home), asdict(shop)
    known = json.loads(stamp.read_text()) if stamp.exists() else {**mine, "days": 0}
    for field in fields(Shop):
        if known[field.name] != mine[field.name]:
            raise UsageError(
                f"This home has a shop with {field.name.replace('_', ' ')} {known[field.name]}, not {mine[field.name]}",
                where=str(home.root),
                next_step="simulate with what it has, or set REGULARS_HOME to another folder",
            )
    if numbers[-1] >= known["days"]:
        durable.write_text(stamp, json.dumps({**mine, "days": numbers[-1] + 1}, indent=1) + "\n")


def plan_of(shop: Shop, calendar: Calendar) -> Plan:
    """All that is fixed of ``shop`` before its first day."""
    crowd = people.people(shop, calendar)
    return Plan(
        shop=shop,
        calendar=calendar,
        crowd=crowd,
        browsers=people.visitors(shop, crowd),
        products=catalogue(shop),
        kept=records(shop, calendar, crowd),
        mail=mail_addresses(shop, crowd),
    )


def _names(shop: Shop, calendar: Calendar, entity: str, number: int) -> Iterator[str]:
    """The files of an entity on a day: one, sometimes another with the same content; some entities come seldom."""
    if (entity == PRODUCT and number) or (entity in BOUGHT and number % bought.EVERY_DAYS):
        return
    contract, day = sources.load_entity(entity), calendar.day(number).isoformat()
    yield f"{contract.source}/{contract.pattern.replace(DATE_FIELD, day)}"
    if shop.random(f"resent {entity}", number).random() < shop.resent_share:
        yield f"{contract.source}/{contract.pattern.replace(DATE_FIELD, f'{day}_2')}"


class _Making:
    """Makes the contents of files, a block of days at a time, and forgets what has been delivered."""

    def __init__(self, plan: Plan, connection: duckdb.DuckDBPyConnection) -> None:
        self.plan, self.connection = plan, connection
        self.changes = versions(plan.shop, plan.calendar, plan.crowd, plan.kept)
        self.block = -1
        self.extracts: dict[str, list[Extract]] = {}
        self.later: dict[int, dict[str, Extract]] = {}

    def content(self, entity: str, number: int) -> bytes:
        """The bytes of the file of an entity on a day."""
        if entity == PRODUCT:
            return product_file()
        if entity in BOUGHT:
            return _zipped([BOUGHT[entity](self.plan, number)])
        if number // BLOCK_DAYS != self.block:
            self._turn_to(number // BLOCK_DAYS)
        lines = (piece for extract in self.extracts[entity] for piece in extract.of_day(number))
        return _zipped([header(sources.load_entity(entity)), *lines])

    def _turn_to(self, block: int) -> None:
        """What is delivered in a block of days comes from that block and from the one before."""
        self.extracts = {}
        before = self.later.get(block - 1) or (self._left_over(block - 1, self._happened(block - 1)) if block else {})
        happened = self._happened(block)
        self.later = {block: self._left_over(block, happened)}
        self.extracts = {name: [before[name], mine] if before else [mine] for name, mine in happened.items()}
        self.extracts[CONTACT] = [self._contacts(block)]
        self.block = block

    def _happened(self, block: int) -> dict[str, Extract]:
        return {name: extract(self.connection, name, rows) for name, rows in rows_of(self.plan, block).items()}

    def _left_over(self, block: int, happened: dict[str, Extract]) -> dict[str, Extract]:
        return {name: mine.since((block + 1) * BLOCK_DAYS) for name, mine in happened.items()}

    def _contacts(self, block: int) -> Extract:
        day = self.changes["day"].to_numpy()
        begin, end = day.searchsorted([block * BLOCK_DAYS, (block + 1) * BLOCK_DAYS])
        return extract(self.connection, CONTACT, self.changes.slice(begin, end - begin))


def _zipped(pieces: Iterable[bytes | memoryview]) -> bytes:
    """As gzip without a time stamp: the same bytes on every call."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=_COMPRESSION_LEVEL, mtime=0) as packed:
        for piece in pieces:
            packed.write(piece)
    return buffer.getvalue()
