"""Sessions and carts a night builds again are those a night that builds everything has, whatever came late or twice."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from regulars import config, ledger, warehouse
from regulars.build import layers
from regulars.build.base import starts_from_publication
from regulars.build.candidate import lay_out, night_origin
from regulars.config import Home
from regulars.land.landing import land_source
from tests.faults.shop import drop, zipped

WORLD = config.world("shop")
NIGHTS = tuple(date(2026, 3, 27) + timedelta(days=number) for number in range(3))
"""The clocks of the zone go forward in the third."""
MARTS = ("fct_session", "fct_cart", "funnel_day", "fct_interaction_duplicate")
Event = dict[str, Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(layers.LAYERS, "visits", " ".join(f"+{mart}" for mart in MARTS))
    yield config.home()


def test_visits_added_to_are_visits_built_from_nothing(home: Home, tmp_path: Path) -> None:
    said = {}
    for number, night in enumerate(NIGHTS):
        _deliver(home.inbox, number, night)
        _land(home)
        added = _build(home.candidate(night), home, number, whole=False)
        assert starts_from_publication(added) == (number > 0)
        if number:
            rebuilt = _build(tmp_path / "rebuilt", home, number, whole=True)
            assert {mart: _rows(added, mart) for mart in MARTS} == {mart: _rows(rebuilt, mart) for mart in MARTS}
        said[number] = {visitor: _sessions(added, visitor) for visitor in {name for name, *_ in STORIES}}
        said[number]["carts"] = _carts(added)
        home.publications.mkdir(exist_ok=True)
        added.rename(home.publications / f"{night}")
    _told(said)


def _told(said: dict[int, Any]) -> None:
    """Each story came out as it was meant to, so that none of them is compared empty."""
    events = {name: [[row[0] for row in said[number][name]] for number in said] for name in said[0] if name != "carts"}
    assert events["late"] == [[1], [2], [2]]
    assert events["joined"] == [[1, 1], [3], [3]]
    assert events["split"] == [[3], [1, 1, 1], [1, 1, 1]]
    assert events["moved_from"] == [[2], [1], [1]]
    assert events["moved_to"] == [[], [1], [1]]
    assert events["gone"] == [[1], [], []]
    assert events["repeated"] == [[1], [1], [1]]
    assert events["midnight"] == [[1], [2], [2]]
    assert events["known_later"] == [[1], [1], [2]]
    assert events["chain"] == [[1, 1, 1], [1, 1, 2], [1, 1, 2]]
    bots = {name: [[row[2] for row in said[number][name]] for number in said] for name in ("bot", "bot_at_midnight")}
    assert bots["bot"] == [[False, False], [True, True, True], [True, True, True]]
    assert bots["bot_at_midnight"] == [[False, False], [True, True], [True, True]]
    assert [said[number]["tester"][0][1] for number in said] == [70, 70, None]
    assert [said[number]["registered"][0][1] for number in said] == [None, 80, 80]
    carts = [said[number]["carts"] for number in said]
    assert [each["left"] for each in carts] == [(False, None), (True, None), (True, None)]
    assert [each["bought"] for each in carts] == [(True, None), (False, "9"), (False, "9")]
    assert ["emptied" in each for each in carts] == [True, False, False]


# A visitor, when on the first day (hours and minutes in the zone), and what else is said of the event: the number of
# the delivery it comes with, its id, when it was received, cart, order, user.
STORIES: list[tuple[str, str, Event]] = [
    ("late", "10:00", {}),
    ("late", "09:50", {"on": 1}),
    ("joined", "10:00", {}),
    ("joined", "10:50", {}),
    ("joined", "10:25", {"on": 1}),
    ("split", "10:00", {}),
    ("split", "10:20", {"id": "middle"}),
    ("split", "10:40", {}),
    # received before the one delivered first: this is the one that counts
    ("split", "15:00", {"on": 1, "id": "middle", "received": "10:19"}),
    ("moved_from", "10:00", {}),
    ("moved_from", "10:10", {"id": "moved"}),
    ("moved_to", "10:10", {"on": 1, "id": "moved", "received": "10:09"}),
    ("gone", "11:00", {"id": "gone", "cart": "emptied"}),
    ("came", "11:00", {"on": 1, "id": "gone", "received": "10:59"}),
    ("repeated", "12:00", {"id": "again"}),
    ("repeated", "12:00", {"id": "again"}),
    ("repeated", "12:00", {"on": 1, "id": "again", "received": "12:05"}),
    ("repeated", "13:00", {"on": 2, "id": "again", "received": "13:05"}),
    ("midnight", "23:50", {}),
    ("midnight", "24:05", {"on": 1}),
    ("known_later", "12:00", {}),
    ("known_later", "12:10", {"on": "late"}),
    # the third session began the day it ends on, the second did not; the first lies on the day that began
    ("chain", "00:10", {}),
    ("chain", "23:00", {}),
    ("chain", "23:45", {}),
    ("chain", "24:10", {"on": 1}),
    *[("bot", "10:00", {}) for _ in range(499)],
    ("bot", "20:00", {}),
    ("bot", "21:00", {"on": 1}),
    *[("bot_at_midnight", "10:00", {}) for _ in range(499)],
    ("bot_at_midnight", "23:50", {}),
    ("bot_at_midnight", "24:10", {"on": 1}),
    ("tester", "10:00", {"user": 7, "cart": "tested"}),
    ("registered", "10:00", {"user": 8, "cart": "registered"}),
    ("carts", "23:50", {"cart": "left"}),
    ("carts", "10:00", {"cart": "bought"}),
    ("carts", "25:00", {"on": 1, "cart": "bought", "order": 9}),
]
CUSTOMERS = ({"7": 70}, {"7": 70, "8": 80}, {"8": 80})
"""The customer each account stands for, night by night."""


def _deliver(inbox: Path, number: int, night: date) -> None:
    """The night's file with what the stories tell of it and events at random; the first day's file again, corrected."""
    chance = random.Random(number)
    drop(inbox, f"web/interaction_{night}.jsonl.gz", _packed(_of_stories(number) + _at_random(chance, number, night)))
    if number == 1:
        late = drop(inbox, f"web/interaction_{night - timedelta(days=5)}.jsonl.gz", _packed(_of_stories("late")))
        known = {"delivered_at": f"{night + timedelta(days=1)}T21:00:00Z"}
        late.with_name(f"{late.name}.manifest.json").write_text(json.dumps(known))
    if number == 2:
        corrected = _at_random(random.Random(0), 0, NIGHTS[0])[::2] + _at_random(chance, 0, NIGHTS[0])
        drop(inbox, f"web/interaction_{NIGHTS[0]}.jsonl.gz", _packed(corrected))


def _of_stories(delivery: object) -> list[Event]:
    numbered = [(f"story {place}", story) for place, story in enumerate(STORIES)]
    return [
        _event(more.get("id", name), visitor, _first_day(at), _first_day(more.get("received", at)), more)
        for name, (visitor, at, more) in numbered
        if more.get("on", 0) == delivery
    ]


def _at_random(chance: random.Random, number: int, night: date) -> list[Event]:
    """Events of few visitors, carts and ids, some minutes apart or just half an hour, up to a day late."""
    begin = datetime(night.year, night.month, night.day) - timedelta(days=chance.choice((0, 1)))
    events = []
    for _ in range(120):
        at = begin + timedelta(minutes=10 * chance.randrange(-3, 144))
        more = {"user": chance.choice((7, 8, None, None)), "cart": chance.choice(("a", "b", f"c{number}", None, None))}
        name = f"random {chance.randrange(150 * (number + 1))}"
        received = at + timedelta(minutes=chance.randrange(30))
        events.append(_event(name, f"random {chance.randrange(9)}", at, received, more))
    return events


def _first_day(clock: str) -> datetime:
    """So many hours and minutes after the first day began in the zone, as UTC: an hour behind it in winter."""
    hours, minutes = clock.split(":")
    return datetime(*NIGHTS[0].timetuple()[:3]) + timedelta(hours=int(hours) - 1, minutes=int(minutes))


def _event(name: str, visitor: str, at: datetime, received: datetime, more: Event) -> Event:
    bought, cart = "order" in more, more.get("cart")
    step = "Order Completed" if bought else "Product Added" if cart else "Product Viewed"
    told = {"messageId": name, "anonymousId": visitor, "userId": more.get("user"), "type": "track", "event": step}
    told["properties"] = {"cart_id": cart, "order_id": more.get("order"), "price": "2.50", "quantity": 1}
    told["context"] = {"device": {"type": ("mobile", "desktop")[at.minute % 20 // 10]}}
    arrived = f"{received.isoformat()}Z"
    told |= {"originalTimestamp": f"{at.isoformat()}Z", "sentAt": arrived, "receivedAt": arrived}
    return told | {"timestamp": f"{at.isoformat()}Z"}


def _packed(events: list[Event]) -> bytes:
    return zipped("".join(f"{json.dumps(event)}\n" for event in events).encode())


def _land(home: Home) -> None:
    land_source(home, WORLD, "web")
    with ledger.Ledger(home.operations_url).transaction() as transaction:
        transaction.execute(sa.update(ledger.content).values(status="accepted"))


def _build(folder: Path, home: Home, number: int, *, whole: bool) -> Path:
    night = NIGHTS[number]
    lay_out(folder, home, WORLD, night, [night_origin(WORLD, night)], whole=whole)
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema work.resolve")
        connection.execute(
            "create table work.resolve.customer_record (source varchar, record_key varchar, customer_id bigint)"
        )
        for key, customer in CUSTOMERS[number].items():
            connection.execute("insert into work.resolve.customer_record values ('web', ?, ?)", [key, customer])
    layers.build_layer(folder, "visits")
    return folder


def _rows(folder: Path, mart: str) -> list[tuple[Any, ...]]:
    return _asked(folder, f"select * from regulars.marts.{mart} order by all")


def _sessions(folder: Path, visitor: str) -> list[tuple[Any, ...]]:
    return _asked(
        folder,
        "select events, customer_id, is_bot from regulars.marts.fct_session "
        f"where visitor_id = (hash('{visitor}') >> 1)::bigint order by started_at",
    )


def _carts(folder: Path) -> dict[str, Any]:
    rows = _asked(folder, "select cart_id, is_abandoned, order_id from regulars.marts.fct_cart")
    return {cart: (is_abandoned, order) for cart, is_abandoned, order in rows}


def _asked(folder: Path, question: str) -> list[tuple[Any, ...]]:
    with warehouse.candidate(folder, read_only=True) as connection:
        return connection.execute(question).fetchall()
