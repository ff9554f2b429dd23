"""A shop with one entity of each format, small enough to break in every way, in a conf folder of its own."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from regulars import ledger
from regulars.config import Home, World
from regulars.land.landing import land_source

DAY = date(2024, 3, 5)
NEXT_DAY = date(2024, 3, 6)
END_OF_DAY = datetime(2024, 3, 5, 18, 15)
"""Midnight in Kathmandu, 5:45 ahead of UTC."""

WORLD = World(
    name="corner_shop",
    title="A corner shop",
    notice="Made up for tests.",
    business_zone="Asia/Kathmandu",
    reporting_currency="USD",
    last_business_date=DAY,
    cut_off_hours=6,
    required=("shop__sale", "shop__person"),
    optional=("shop__click", "shop__item", "shop__till_roll", "shop__hit", "shop__hit_table"),
    alive_from=date(2024, 1, 1),
    alive_until=None,
    is_simulated=True,
)

_ENTITY = """
source: shop
entity: {entity}
description: For tests.
owner: tests
cadence: daily
delivers: rows
pattern: {entity}_{{business_date}}.{ending}
format: {format}
declared_delay_hours: 2
allow_empty: {allow_empty}
max_bad_rate: {max_bad_rate}
null_values: ["", "NULL"]
"""

_HIT = """
key: [hit_id]
columns:
  - {name: hit_id, type: text, required: true, digest_of: [visitor, at, "params[]"]}
  - {name: at, type: integer, required: true}
  - {name: session_id, type: integer, path: "params[session_id]"}
  - {name: page, type: text, path: "params[page]"}
  - {name: price, type: decimal, path: "params[price]"}
  - {name: country, type: text, path: geo.country}
  - {name: items, type: json}
"""
"""Parameters as lists of keys with values, and no number of its own: as Google Analytics exports what it counted."""

SOURCES = {
    "shop__hit": _ENTITY.format(entity="hit", ending="jsonl.gz", format="jsonl", allow_empty="never", max_bad_rate=0.9)
    + _HIT,
    "shop__hit_table": _ENTITY.format(
        entity="hit_table", ending="parquet", format="parquet", allow_empty="never", max_bad_rate=0.9
    )
    + _HIT,
    "shop__sale": _ENTITY.format(entity="sale", ending="csv", format="csv", allow_empty="header_only", max_bad_rate=0.1)
    + """
key: [sale_id]
columns:
  - {name: sale_id, type: integer, required: true, minimum: 0}
  - {name: note, type: text}
  - {name: amount, type: decimal, required: true, maximum: 1000000}
  - {name: sold_at, type: timestamp, required: true}
  - {name: due_on, type: date}
""",
    "shop__person": _ENTITY.format(
        entity="person", ending="csv.gz", format="csv", allow_empty="never", max_bad_rate=0.01
    )
    + """
key: [person_id]
columns:
  - {name: person_id, type: integer, required: true}
  - {name: name, type: text, personal: true}
  - {name: email, type: text, personal: true, format: email}
  - {name: city, type: text}
""",
    "shop__click": _ENTITY.format(
        entity="click", ending="jsonl.zst", format="jsonl", allow_empty='"yes"', max_bad_rate=0.9
    )
    + """
key: [click_id]
columns:
  - {name: click_id, type: text, required: true, path: messageId}
  - {name: campaign_id, type: integer, path: properties.campaign_id}
  - {name: properties, type: json}
""",
    "shop__item": _ENTITY.format(
        entity="item", ending="parquet", format="parquet", allow_empty="never", max_bad_rate=0.9
    )
    + """
key: [item_id]
columns:
  - {name: item_id, type: integer, required: true}
  - {name: title, type: text}
  - {name: price, type: decimal}
  - {name: listed_at, type: timestamp}
""",
    "shop__till_roll": _ENTITY.format(
        entity="till_roll", ending="csv", format="csv", allow_empty="never", max_bad_rate=0
    )
    + """
history: true
event_time: sold_on
columns:
  - {name: sold_on, type: date, required: true}
  - {name: amount, type: decimal}
""",
}

SALE_HEADER = "sale_id,note,amount,sold_at,due_on"
SALES = [
    f"{number},note {number},{number}.50,2024-03-05T08:{number:02d}:00Z,2024-04-{number:02d}" for number in range(1, 11)
]


def sales(*rows: str, header: str = SALE_HEADER) -> bytes:
    """A CSV of sales."""
    return "".join(f"{line}\n" for line in (header, *rows)).encode()


def zipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


@dataclass(frozen=True)
class Shop:
    """A home of the corner shop, with its conf."""

    home: Home
    conf: Path

    def drop(self, name: str, content: bytes) -> Path:
        path = self.home.inbox / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def land(self) -> dict[str, Any]:
        return land_source(self.home, WORLD, "shop")

    def land_apart(self, failpoint: str) -> int:
        """Land in a process of its own that meets ``failpoint``; its exit code."""
        return self.apart("regulars.land.landing", "land_source", "", failpoint)

    def apart(self, module: str, step: str, more: str, failpoint: str) -> int:
        """Call a step of landing in a process of its own that meets ``failpoint``; its exit code."""
        program = (
            "import os, sys; from pathlib import Path; from regulars.config import Home;"
            "os.environ['REGULARS_RUN_PID'] = str(os.getpid());"
            f"from {module} import {step}; from tests.land.corner_shop import WORLD;"
            f"{step}(Home(Path(sys.argv[1])), WORLD, 'shop', {more})"
        )
        project = Path(__file__).resolve().parents[2]
        settings = {
            "REGULARS_CONF": str(self.conf),
            "REGULARS_FAILPOINT": failpoint,
            "PYTHONPATH": f"{project}/src:{project}",
        }
        run = subprocess.run(
            [sys.executable, "-c", program, str(self.home.root)], env={**os.environ, **settings}, check=False
        )
        return run.returncode

    def content_of(self, name: str) -> dict[str, Any]:
        """What became of the content of the file ``name``."""
        (receipt,) = [row for row in self.rows(ledger.delivery) if row["name"] == name]
        (found,) = [row for row in self.rows(ledger.content) if row["content_sha256"] == receipt["content_sha256"]]
        return found

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        return ledger.Ledger(self.home.operations_url).rows(sa.select(table).order_by(*table.primary_key))

    def content(self) -> dict[str, Any]:
        (only,) = self.rows(ledger.content)
        return only

    def accepted(self, entity: str = "sale", sha256: str = "*") -> list[dict[str, Any]]:
        return rows_of(f"{self.home.landed}/shop/{entity}/*/{sha256}.parquet")

    def quarantined(self, entity: str = "sale", sha256: str = "*") -> list[dict[str, Any]]:
        return rows_of(f"{self.home.landed}/quarantine/shop/{entity}/{sha256}.parquet")

    def files(self) -> dict[str, bytes]:
        """All that was landed, by path."""
        places = [path for folder in (self.home.landed, self.home.personal) for path in folder.rglob("*")]
        return {str(path.relative_to(self.home.root)): path.read_bytes() for path in places if path.is_file()}


def rows_of(pattern: str) -> list[dict[str, Any]]:
    """The rows of Parquet files by file and line; none when there is no file."""
    files = sorted(Path("/").glob(pattern.removeprefix("/")))
    tables = [pq.read_table(path, partitioning=None) for path in files]
    rows = pa.concat_tables(tables).to_pylist() if tables else []
    return sorted(rows, key=lambda row: (row["_content"], row["_line"]))
