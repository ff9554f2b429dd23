"""A home with landed contents of basket lines, as landing leaves them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from regulars import config, ledger, warehouse
from regulars.config import Home, World

FIRST_DAY = date(2017, 3, 1)
ROWS = 200


@dataclass(frozen=True)
class LandedHome:
    home: Home
    world: World

    @property
    def store(self) -> ledger.Ledger:
        return ledger.Ledger(self.home.operations_url)

    def land(self, sha: str, *changes: str, day: date = FIRST_DAY, name: str = "", entity: str = "basket_line") -> str:
        """Land 200 clean lines, changed by SQL on the table ``line``; gives the content's sha256 (64 characters)."""
        sha = sha.ljust(64, "0")
        path = self.home.landed / "transactions" / entity / f"business_date={day}" / f"{sha}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        with warehouse.memory() as connection:
            connection.execute(LINES, [sha, sha, day, day])
            for change in changes:
                connection.execute(change)
            connection.execute(f"copy line to {warehouse.quoted(path)}")
        self.record(sha, day, name or f"{entity}_{day}.csv.gz", ROWS, entity)
        return sha

    def land_header_only(self, sha: str, day: date = FIRST_DAY) -> str:
        sha = sha.ljust(64, "0")
        self.record(sha, day, f"basket_line_{day}.csv.gz", 0, "basket_line")
        return sha

    def record(self, sha: str, day: date, name: str, rows: int, entity: str) -> None:
        key: dict[str, Any] = {"source": "transactions", "entity": entity, "content_sha256": sha, "business_date": day}
        counts = {"read_rows": rows, "accepted_rows": rows, "quarantined_rows": 0, "set_aside_rows": 0}
        with self.store.transaction() as connection:
            earlier = connection.execute(sa.select(sa.func.count()).select_from(ledger.delivery)).scalar_one()
            landed_at = datetime(2017, 3, 2, 9) + timedelta(seconds=earlier)
            stamps = {"known_at": landed_at, "landed_at": landed_at, "inbox_size": 1, "inbox_mtime_ns": 1, "bytes": 1}
            self.store.upsert(connection, ledger.content, [{**key, **counts, "status": "landed", "reason": ""}])
            self.store.upsert(connection, ledger.delivery, [{**key, **stamps, "name": name}])

    def contents(self) -> dict[str, dict[str, Any]]:
        return {row["content_sha256"]: row for row in self.store.rows(sa.select(ledger.content))}

    def reasons(self) -> list[dict[str, Any]]:
        return self.store.rows(sa.select(ledger.quarantine_reason).order_by(ledger.quarantine_reason.c.reason))

    def refused(self, sha: str, below: Path | None = None) -> list[tuple[Any, ...]]:
        """The rows named in the content's quarantine file; none when there is no file."""
        path = (below or self.home.landed) / "quarantine" / "transactions" / "basket_line" / f"{sha}.gate.parquet"
        if not path.exists():
            return []
        with warehouse.memory() as connection:
            rows = f"select _content, _line, _known_at, reason from read_parquet({warehouse.quoted(path)})"
            return connection.execute(rows).fetchall()


LINES = f"""
create table line as
select
    i % 20 as household_id, 300 as store_id, hash(?) % 1000000 * 100 + i % 20 as basket_id, i as product_id,
    1::bigint as quantity, 2.50::decimal(18, 2) as sales_value, 0.00::decimal(18, 2) as retail_disc,
    0.00::decimal(18, 2) as coupon_disc, 0.00::decimal(18, 2) as coupon_match_disc,
    ?::varchar as _content, i + 1 as _line, ?::timestamp + interval 17 hour as transaction_timestamp,
    ?::timestamp + interval 28 hour as _known_at
from range(1, {ROWS} + 1) as numbers (i)
"""


def make(root: Path) -> LandedHome:
    return LandedHome(Home(root), config.world("complete_journey"))
