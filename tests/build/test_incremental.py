"""A night that builds what was touched says what a night that builds everything says, night after night."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from regulars import config, ledger, warehouse
from regulars.build.base import starts_from_publication
from regulars.build.candidate import lay_out, night_origin
from regulars.build.layers import build_layer
from regulars.config import Home
from regulars.land.landing import land_source
from regulars.resolve.registry import resolve_customers
from tests.dbt_project.hand_made import build_segment
from tests.faults.shop import CRM_HEADER, Row, csv_bytes, drop, line, zipped
from tests.faults.shop import basket_lines as packed

WORLD = config.world("complete_journey")
FIRST = date(2017, 11, 1)
NIGHTS = tuple(FIRST + timedelta(days=day) for day in range(2))
HOUSEHOLDS = range(1, 40)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path / "home"))
    yield config.home()


def test_every_night_says_what_its_rebuild_says(home: Home, tmp_path: Path) -> None:
    told = []
    for number, night in enumerate(NIGHTS):
        _deliver(home.inbox, number, night)
        _land(home)
        added = _build(home.candidate(night), home, night, whole=False)
        assert starts_from_publication(added) == (number > 0)
        if number:
            assert _hashes(added) == _hashes(_build(tmp_path / "rebuilt", home, night, whole=True)), night
        touched = _count(added, "work.intermediate.int_orders__touched")
        told.append((touched, _count(added, "regulars.marts.fct_order")))
        home.publications.mkdir(exist_ok=True)
        added.rename(home.publications / f"{night}")
    # All is built at first; of the new catalogue's night the orders of one product are touched too.
    assert told[0][0] == 0
    assert all(0 < touched < orders for touched, orders in told[1:]), told


def test_a_night_starts_from_the_publication_that_knew_most_of_what_it_may_know(home: Home) -> None:
    _deliver(home.inbox, 1, NIGHTS[1])
    _land(home)
    home.publications.mkdir()
    starts = {}
    after = NIGHTS[1] + timedelta(days=1)
    for night in (NIGHTS[1], NIGHTS[0], after):
        folder = lay_out(home.candidate(night), home, WORLD, night, [night_origin(WORLD, night)], whole=False)
        starts[night] = json.loads((folder / "made_from.json").read_text())["base"]
        with warehouse.candidate(folder) as connection:
            for name in ("session", "cart"):
                connection.execute(f"create table if not exists regulars.marts.fct_{name} as from work.base.{name}")
        folder.rename(home.publications / f"{night}")
    assert starts == {NIGHTS[1]: "", NIGHTS[0]: "", after: f"{NIGHTS[1]}"}


def _build(folder: Path, home: Home, night: date, *, whole: bool) -> Path:
    lay_out(folder, home, WORLD, night, [night_origin(WORLD, night)], whole=whole)
    build_layer(folder, "stage")
    resolve_customers(folder, home, WORLD)
    build_layer(folder, "profile")
    build_segment(folder)
    return folder


def _hashes(folder: Path) -> dict[str, str]:
    with warehouse.candidate(folder, read_only=True) as connection:
        return {
            name: warehouse.content_hash(connection, f"regulars.marts.{name}") for name in warehouse.tables(connection)
        }


def _count(folder: Path, table: str) -> int:
    with warehouse.candidate(folder, read_only=True) as connection:
        (counted,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
    return int(counted)


def _land(home: Home) -> None:
    for source in ("crm", "web", "transactions"):
        land_source(home, WORLD, source)
    with ledger.Ledger(home.operations_url).transaction() as transaction:
        transaction.execute(sa.update(ledger.content).values(status="accepted"))


def _deliver(inbox: Path, number: int, night: date) -> None:
    """What comes on a night: new, late, corrected and repeated lines, a household that moves, a changed catalogue."""
    chance = random.Random(number)
    rows = [row for basket in range(30) for row in _basket(chance, number * 100 + basket, night, HOUSEHOLDS)]
    if number:
        earlier = NIGHTS[number - 1]
        rows += _basket(chance, number * 100 + 90, earlier, HOUSEHOLDS)
        rows += _basket(chance, (number - 1) * 100 + 3, earlier, HOUSEHOLDS)
        rows += _basket(chance, (number - 1) * 100 + 4, earlier, range(900 + number, 901 + number))
        corrected = [
            row for basket in (7, 8) for row in _basket(chance, (number - 1) * 100 + basket, earlier, HOUSEHOLDS)
        ]
        drop(inbox, f"transactions/basket_line_{earlier}.csv.gz", packed(corrected))
        drop(inbox, f"transactions/basket_line_{night}_again.csv.gz", packed(rows[:20]))
    drop(inbox, f"transactions/basket_line_{night}.csv.gz", packed(rows))
    late = drop(
        inbox,
        f"transactions/basket_line_{night}_late.csv.gz",
        packed(_basket(chance, number * 100 + 95, night, HOUSEHOLDS)),
    )
    known = f"{night + timedelta(days=1)}T18:00:00Z"
    late.with_name(f"{late.name}.manifest.json").write_text(json.dumps({"delivered_at": known}))
    if number in (0, 1):
        drop(inbox, f"transactions/product_{night}.parquet", _catalogue(changed=9 if number else 0))
    household = [(each, "25-34", *[""] * 6) for each in range(1, 10 + number)]
    drop(inbox, f"crm/household_{night}.csv.gz", zipped(csv_bytes(CRM_HEADER[:8], household)))
    drop(inbox, f"web/event_{night}.jsonl.gz", _events(number, night))


def _basket(chance: random.Random, basket: int, day: date, households: range) -> list[Row]:
    household, at = chance.choice(households), datetime(day.year, day.month, day.day, 15)
    products = chance.sample(range(1, 21), 2)
    return [line(household, basket, each, at, f"{chance.randrange(1, 90)}.50") for each in products]


def _catalogue(changed: int) -> bytes:
    numbers = range(1, 21) if not changed else (changed,)
    texts = ("manufacturer_id", "brand", "product_category", "product_type", "package_size", "department")
    table = {"product_id": [str(number) for number in numbers]}
    table |= {name: ["1" if name == "manufacturer_id" else f"new {changed}"] * len(numbers) for name in texts}
    buffer = pa.BufferOutputStream()
    pq.write_table(pa.table(table), buffer)
    return buffer.getvalue().to_pybytes()


def _events(number: int, night: date) -> bytes:
    """An event of the night, one of the night before again, and one of it with another payload."""
    calls = []
    for each, campaign in ((number, 1), (number - 1, 1), (number - 1, 2)):
        call = {"type": "track", "messageId": f"e{each}", "userId": "5", "event": "Campaign Received"}
        call["properties"] = {"campaign_id": campaign}
        calls.append(
            call | dict.fromkeys(("originalTimestamp", "sentAt", "receivedAt", "timestamp"), f"{night}T18:00:00Z")
        )
    return zipped("".join(f"{json.dumps(call)}\n" for call in calls).encode())
