"""F3: when it happened, and when it is now: summer time, leap days, impossible instants, other zones, midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import yaml

from regulars import ledger
from tests.faults import shop
from tests.faults.bench import NIGHT, Bench, assert_ended_well
from tests.faults.registry import fault
from tests.faults.written import FILE, land_lines, raw

SHOP_ZONE = "America/New_York"
ZONES = ("Pacific/Kiritimati", "Pacific/Marquesas", "Australia/Lord_Howe")
"""14 hours ahead, 9½ behind, and half an hour of summer time."""

ODD_INSTANTS = (
    "2024-03-10T06:59:59Z",  # one second before the clock springs from 2:00 to 3:00
    "2024-03-10T07:00:00Z",
    "2024-03-10T02:30:00-05:00",  # a wall clock that never showed this time; its offset says when it was
    "2023-11-05T01:30:00-04:00",  # the first of two half past ones
    "2023-11-05T01:30:00-05:00",
    "2024-03-11T03:59:59Z",  # the last second of the short day
    "2024-03-10T12:29:59+05:45",
    "2024-02-29T23:59:59-05:00",
    "2024-03-01T00:00:00-05:00",
)


def stamped(basket: int, text: str) -> bytes:
    """A line whose time is written as ``text``."""
    return raw(basket).replace(f"{NIGHT}T16:00:00Z".encode(), text.encode())


def days_of_orders(bench: Bench, zone: str) -> None:
    """Every order belongs to the day a wall clock in ``zone`` showed."""
    orders = bench.ask("select ordered_at, business_date, order_id from fct_order")
    wrong = [order for at, day, order in orders if at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date() != day]
    assert orders and not wrong, f"{len(wrong)} of {len(orders)} orders on another day, such as {wrong[:3]}"


@fault("F314", promise=["P1", "P3"])
def summer_time(bench: Bench) -> None:
    """orders within the hour that was skipped and the hour that came twice: each at its own instant, on its own day"""
    bench.start_from("golden")
    rows = [stamped(870_000 + number, text).decode().strip().split(",") for number, text in enumerate(ODD_INSTANTS)]
    shop.drop(bench.inbox, f"transactions/{FILE}", shop.basket_lines(rows))
    assert_ended_well(bench.regulars("run"))
    found = bench.ask("select ordered_at from fct_order where order_id between '870000' and '870099' order by order_id")
    wanted = [datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) for text in ODD_INSTANTS]
    assert [at for (at,) in found] == wanted
    days_of_orders(bench, SHOP_ZONE)


@fault("F314b", promise=["P1"], quick=True)
def no_zone(bench: Bench) -> None:
    """times without an offset, or with one no place has: refused with the reason, since nobody can know when it was"""
    odd = [
        stamped(number, text)
        for number, text in enumerate((f"{NIGHT}T02:30:00", f"{NIGHT} 16:00", f"{NIGHT}T16:00:00+25:00"))
    ]
    assert_ended_well(land_lines(bench, *odd))
    assert bench.reasons(FILE) == {"transaction_timestamp: not a timestamp with an offset": 3}


@fault("F314c", promise=["P1", "P3"])
def shop_elsewhere(bench: Bench) -> None:
    """a shop that stands in Kathmandu, 5:45 ahead: every order is on the day its own clock showed"""
    conf = shop.lay_out_conf(bench.folder / "conf")
    world = conf / "worlds" / "shop.yml"
    described = yaml.safe_load(world.read_text()) | {"business_zone": "Asia/Kathmandu"}
    world.write_text(yaml.safe_dump(described, allow_unicode=True))
    settings = {"REGULARS_CONF": str(conf), "REGULARS_WORLD": "shop"}
    bench.start_from_small_shop(REGULARS_CONF=settings["REGULARS_CONF"])
    assert_ended_well(bench.regulars("run", **settings))
    days_of_orders(bench, "Asia/Kathmandu")
    ((as_of, day),) = bench.ask("select as_of, business_date from publication")
    assert as_of == datetime.combine(day, time(18, 15))


@fault("F315", promise=["P1", "P7"], quick=True)
def out_of_time(bench: Bench) -> None:
    """events of tomorrow's tomorrow, of ten years ahead and of a clock never set: refused, with the reason"""
    late = datetime(2024, 7, 1, 4) + timedelta(hours=28)
    told = "transaction_timestamp: more than 24 h after delivery"
    texts = {
        f"{late.isoformat()}Z": "",
        f"{(late + timedelta(seconds=1)).isoformat()}Z": told,
        "2034-06-30T16:00:00Z": told,
        "1970-01-01T00:00:00Z": "transaction_timestamp: before 1990",
        "1989-12-31T23:59:59Z": "transaction_timestamp: before 1990",
        "1990-01-01T00:00:00Z": "",
    }
    assert_ended_well(land_lines(bench, *(stamped(number, text) for number, text in enumerate(texts))))
    wanted = {reason: list(texts.values()).count(reason) for reason in texts.values() if reason}
    assert bench.reasons(FILE) == wanted


@fault("F315b", promise=["P1", "P3"])
def skewed_sender(bench: Bench) -> None:
    """a device whose clock is two hours ahead: its events count for the time they were received, less what it waited"""
    bench.start_from("golden")
    received = datetime(2024, 6, 30, 18)
    call = {
        "type": "track", "messageId": "skewed", "userId": "5", "event": "Campaign Received",
        "properties": {"campaign_id": 7, "campaign_type": "Type A"},
        "originalTimestamp": f"{(received + timedelta(hours=2)).isoformat()}Z",
        "sentAt": f"{(received + timedelta(hours=2, seconds=40)).isoformat()}Z",
        "receivedAt": f"{received.isoformat()}Z",
        "timestamp": f"{(received + timedelta(hours=2)).isoformat()}Z",
    }  # fmt: skip
    shop.drop(bench.inbox, f"web/event_{NIGHT}_2.jsonl.gz", shop.json_lines([call]))
    assert_ended_well(bench.regulars("run"))
    found = bench.ask("select event_at from fct_event where event_id = 'skewed'")
    assert found == [(received - timedelta(seconds=40),)]


@fault("F316", promise=["P1", "P3"])
def calendar(bench: Bench) -> None:
    """leap days, leap seconds, the last days of years: recency is what an own count of seconds gives, to the day"""
    bench.start_from("golden")
    sound = ("2024-02-29T00:00:00Z", "2023-12-31T23:59:59Z", "2024-01-01T04:59:59Z", "2024-06-30T04:00:00Z")
    households = range(901, 901 + len(sound))
    rows = [
        [str(household), *stamped(860_000 + household, text).decode().strip().split(",")[1:]]
        for household, text in zip(households, sound, strict=True)
    ]
    shop.drop(bench.inbox, f"transactions/{FILE}", shop.basket_lines(rows))
    odd = ("2024-06-30T23:59:60Z", "2023-02-29T12:00:00Z", "2024-02-30T12:00:00Z", "2024-W53-1T12:00:00Z")
    lines = b"".join(stamped(861_000 + number, text) for number, text in enumerate(odd))
    many = shop.csv_bytes(shop.LINE_HEADER, shop.many_lines(1_000))
    name = f"basket_line_{NIGHT}_3.csv.gz"
    shop.drop(bench.inbox, f"transactions/{name}", shop.zipped(many + lines))
    assert_ended_well(bench.regulars("run"))
    refused = {"transaction_timestamp: not a timestamp with an offset": 2, "transaction_timestamp: no such date": 2}
    assert bench.reasons(name) == refused
    as_of = datetime(2024, 7, 1, 4)
    last = bench.ask(
        "select last_order_at, days_since_last_order from customer_rfm inner join dim_customer using (customer_id)"
    )
    assert len(last) > 150
    assert all((as_of - at) // timedelta(days=1) == days for at, days in last)


@fault("F317b", promise=["P3"], needs=["faketime"])
def over_midnight(bench: Bench) -> None:
    """the run begins four seconds before a midnight at which the clock is put forward: the same content"""
    bench.start_with_late_lines()
    settings = {"TZ": "America/Havana", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    assert_ended_well(bench.started_as_new("run", by=("faketime", "2026-03-07 23:59:56"), **settings))
    (receipt,) = [row for row in bench.rows(ledger.delivery) if row["name"].endswith("_late.csv.gz")]
    assert receipt["landed_at"].date() == date(2026, 3, 8), "the run did not see the clock it was given"
    bench.assert_is("late")


@fault("F317c", promise=["P3"])
def every_zone(bench: Bench) -> None:
    """the machine stands in one odd time zone after another: the same content in each"""
    bench.start_with_late_lines()
    for number, zone in enumerate(ZONES):
        assert_ended_well(bench.regulars("run", *(["--full-rebuild"] if number else []), TZ=zone))
        bench.assert_is("late")
