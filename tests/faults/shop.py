"""A tiny seeded shop in the shapes of the shipped sources, with a conf folder of its own and one canary person.

About 200 households, 1,800 basket lines, delivered on 26 Sundays. Every night of it costs seconds.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import shutil
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from regulars.config import PROJECT

NAME = "fault_shop"
LAST_DAY = date(2024, 6, 30)
DELIVERIES = tuple(LAST_DAY - timedelta(days=7 * week) for week in reversed(range(26)))
HOUSEHOLDS = range(1, 201)
CANARY_HOUSEHOLD = 777_001
CANARY = ("Quillwort-Zembla", "x9k4@quagmirefen.example", "Kr7Vogt Sundew Lane", "note-Brindlemoth-4419")
"""Name, e-mail, street and note of the canary person; nowhere else in the world."""

HOSTILE_TEXTS = ("'; drop table customers;--", "{{ ref('x') }}", "{% raw %}", "${jndi:ldap://x}", '"><img onerror=x>')
"""Texts that are code somewhere; here they are names of product departments."""

CRM_HEADER = (
    "household_id",
    "age",
    "income",
    "home_ownership",
    "marital_status",
    "household_size",
    "household_comp",
    "kids_count",
    "full_name",
    "email",
    "street",
)
LINE_HEADER = (
    "household_id",
    "store_id",
    "basket_id",
    "product_id",
    "quantity",
    "sales_value",
    "retail_disc",
    "coupon_disc",
    "coupon_match_disc",
    "transaction_timestamp",
)
Row = Sequence[object]

_WORLD = {
    "title": "The shop that is broken on purpose",
    "notice": "Made up for tests.",
    "business_zone": "America/New_York",
    "reporting_currency": "USD",
    "last_business_date": LAST_DAY,
    "cut_off_hours": 6,
    "required": ["transactions__basket_line", "transactions__product", "crm__household"],
    "optional": ["web__event"],
    "alive": {"from": DELIVERIES[0] - timedelta(days=6), "until": LAST_DAY},
    "is_simulated": True,
}
_SCRIPTED_SEGMENT = {
    "name": "<script>alert('segment')</script>",
    "description": "\"><img src=x onerror=alert('described')> javascript:alert(1)",
    "rule": {"trait": "kids_count", "is_not": "0"},
}


def lay_out_conf(folder: Path) -> Path:
    """A copy of ``conf/`` with this shop as one more world, personal columns in its CRM, and a scripted segment."""
    shutil.copytree(PROJECT / "conf", folder)
    (folder / "worlds" / f"{NAME}.yml").write_text(yaml.safe_dump(_WORLD, allow_unicode=True))
    contract = folder / "sources" / "crm__household.yml"
    described = yaml.safe_load(contract.read_text())
    described["columns"] += [{"name": name, "type": "text", "personal": True} for name in CRM_HEADER[8:]]
    contract.write_text(yaml.safe_dump(described, sort_keys=False))
    (folder / "segments" / "scripted.yml").write_text(yaml.safe_dump(_SCRIPTED_SEGMENT))
    return folder


def conf_with(folder: Path, entity: str, column: str, rule: dict[str, object]) -> Path:
    """The conf of this shop with one more rule for a column, and room for the rows that break it."""
    contract = lay_out_conf(folder) / "sources" / f"{entity}.yml"
    described = yaml.safe_load(contract.read_text())
    described["max_bad_rate"] = 0.5
    described["columns"] = [one | rule if one["name"] == column else one for one in described["columns"]]
    contract.write_text(yaml.safe_dump(described, sort_keys=False))
    return folder


def fill(inbox: Path, seed: int = 1) -> None:
    """Drop half a year of deliveries: the same bytes for the same seed."""
    chance = random.Random(seed)
    drop(inbox, f"transactions/product_{DELIVERIES[0]}.parquet", products())
    for number, day in enumerate(DELIVERIES):
        drop(inbox, f"transactions/basket_line_{day}.csv.gz", basket_lines(_sold(chance, day)))
        if number % 8 == 1 or day == LAST_DAY:
            drop(inbox, f"crm/household_{day}.csv.gz", households(chance.randrange(50)))
            drop(inbox, f"web/event_{day}.jsonl.gz", events(day))


def drop(inbox: Path, name: str, content: bytes) -> Path:
    """Put one file into the inbox as a source system would, with a time of its own."""
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def csv_bytes(header: Iterable[str], rows: Iterable[Row]) -> bytes:
    """CSV text, not packed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def zipped(content: bytes) -> bytes:
    """gzip without a time stamp."""
    return gzip.compress(content, 4, mtime=0)


def basket_lines(rows: Iterable[Row]) -> bytes:
    """A delivery of basket lines."""
    return zipped(csv_bytes(LINE_HEADER, rows))


def rows_in(path: Path) -> list[Row]:
    """The rows of a delivery, without its header."""
    return list(csv.reader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))[1:]


def line(household: int, basket: int, product: int, at: datetime, amount: str, quantity: int = 1) -> Row:
    """One basket line."""
    return (household, 1, basket, product, quantity, amount, "0.00", "0.00", "0.00", f"{at.isoformat()}Z")


def late_lines_at() -> datetime:
    """When what comes late was sold: in the afternoon of the last day."""
    return datetime.combine(LAST_DAY, datetime.min.time()) + timedelta(hours=17)


def late_lines() -> list[Row]:
    """What comes late for the last day: two baskets of known households."""
    at = late_lines_at()
    return [line(3, 990_001, 5, at, "12.34"), line(3, 990_001, 6, at, "1.00"), line(9, 990_002, 5, at, "99.99")]


def many_lines(count: int) -> list[Row]:
    """So many sound lines for the last day, each of a basket of its own, for 1.00."""
    at = datetime.combine(LAST_DAY, datetime.min.time()) + timedelta(hours=16)
    return [line(1 + number % 200, 880_000 + number, 1 + number % 40, at, "1.00") for number in range(count)]


def household_rows(moved: int = 0) -> list[Row]:
    """The CRM's snapshot; ``moved`` changes one household, so that snapshots differ."""
    rows: list[Row] = []
    for number in HOUSEHOLDS[:120]:
        age = ("19-24", "25-34", "35-44", "45-54", "55-64", "65+")[(number + (number == moved)) % 6]
        kids = str(number % 3)
        rows.append((number, age, "50-74K", "Homeowner", "Married", "2", "2 Adults Kids", kids, "A Name", "a@b", "c"))
    name, email, street, _ = CANARY
    rows.append((CANARY_HOUSEHOLD, "65+", "Under 15K", "Renter", "", "1", "1 Adult", "0", name, email, street))
    return rows


def households(moved: int = 0) -> bytes:
    """A delivery of the CRM."""
    return zipped(csv_bytes(CRM_HEADER, household_rows(moved)))


def products() -> bytes:
    """The catalogue; some departments have names that are code somewhere."""
    departments = [*HOSTILE_TEXTS, "GROCERY", "DELI", "DRUG GM", "MEAT", "PRODUCE"]
    numbers = range(1, 41)
    texts = ("manufacturer_id", "brand", "product_category", "product_type", "package_size")
    table = {"product_id": [str(number) for number in numbers]}
    table |= {name: ["1" if name == "manufacturer_id" else "National"] * len(numbers) for name in texts}
    table["department"] = [departments[number % len(departments)] for number in numbers]
    buffer = io.BytesIO()
    pq.write_table(pa.table({name: pa.array(values, pa.string()) for name, values in table.items()}), buffer)
    return buffer.getvalue()


def events(day: date) -> bytes:
    """A delivery of web events, one of them of the canary person with a note nobody asked for."""
    sent = f"{day}T18:00:00Z"
    calls = []
    for household in (*HOUSEHOLDS[:20], CANARY_HOUSEHOLD):
        call = {
            "type": "track",
            "messageId": f"received-{household}-{day}",
            "userId": str(household),
            "event": "Campaign Received",
            "properties": {"campaign_id": 7, "campaign_type": "Type A"},
        }
        if household == CANARY_HOUSEHOLD:
            call["properties"] = {"campaign_id": 7, "campaign_type": "Type A", "note": CANARY[3]}
        calls.append(call | dict.fromkeys(("originalTimestamp", "sentAt", "receivedAt", "timestamp"), sent))
    return json_lines(calls)


def json_lines(calls: Iterable[dict[str, object]]) -> bytes:
    """A delivery of web events."""
    return zipped("".join(f"{json.dumps(call)}\n" for call in calls).encode())


def _sold(chance: random.Random, day: date) -> list[Row]:
    rows: list[Row] = []
    for number, household in enumerate((*HOUSEHOLDS, CANARY_HOUSEHOLD)):
        habit = 0.05 + 0.5 * ((household * 37) % 100) / 100
        if chance.random() > habit:
            continue
        at = datetime(day.year, day.month, day.day, 15) - timedelta(days=chance.randrange(7), minutes=number)
        basket = (day.toordinal() - DELIVERIES[0].toordinal()) * 1_000 + number + 1
        for product in chance.sample(range(1, 41), 1 + chance.randrange(2)):
            cents = chance.randrange(0, 3_000) * (1 + household % 5)
            rows.append(line(household, basket, product, at, f"{cents // 100}.{cents % 100:02d}"))
    return rows
