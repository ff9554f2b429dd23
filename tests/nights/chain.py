"""A chain of nights on one home: each has its deliveries, its kills, its run, and its rebuild."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from regulars import config, warehouse
from regulars.config import Home
from regulars.demo.simulate import Shop, simulate_days
from tests.faults import process
from tests.faults.process import KILLED, Run

WORLD = config.world("shop")
KILLS = (
    "land.after_raw_stored",
    "build.mid_layer:kill:9",
    "quality.mid_gate",
    "publish.before_swap",
    "land.before_ledger",
    "resolve.after_registry",
    "build.after_lay_out",
    "publish.after_swap_before_log",
    "land.after_parquet_written",
    "score.mid_batches",
    "segment.before_commit",
    "publish.before_rename",
    "report.before_write",
    "publish.before_place",
)
"""Where nights are killed, two in each, in turn."""


@dataclass(frozen=True)
class Night:
    """What came of a night: hashes of its content as it was published and as it was rebuilt, kills, rows lost, and how
    many customers have the records of the night before and another number.
    """

    day: date
    published: str
    rebuilt: str
    kills: int
    lost_rows: int
    renumbered: int


@dataclass
class Chain:
    """Nights of a shop in ``home``; ``history`` days lie in the inbox before the first."""

    home: Home
    shop: Shop
    history: int
    said: list[Run] = field(default_factory=list)
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    """The customers of the night before, by their records."""

    @property
    def first(self) -> date:
        return WORLD.alive_from + timedelta(days=self.history - 1)

    def nights(self, count: int) -> Iterator[Night]:
        """Run ``count`` nights one after another."""
        self._deliver([WORLD.alive_from + timedelta(days=number) for number in range(self.history)])
        for number in range(count):
            day = self.first + timedelta(days=number)
            self._deliver([day])
            yield self._night(day, [KILLS[(2 * number + place) % len(KILLS)] for place in (0, 1)])

    def backfill(self, into: Home, days: list[date]) -> list[str]:
        """The content hashes of ``days`` when a home of the same rows and no publication runs them in order."""
        shutil.copytree(self.home.root, into.root, symlinks=True)
        into.published.unlink()
        shutil.rmtree(into.publications)
        hashes = []
        for day in days:
            self._run(into, day)
            hashes.append(_content_hash(into, day))
        return hashes

    def _night(self, day: date, failpoints: list[str]) -> Night:
        kills = 0
        for name in failpoints:
            kills += self._start(self.home, day, failpoint=name if ":" in name else f"{name}:kill") == KILLED
        self._run(self.home, day)
        published = _content_hash(self.home, day)
        self._run(self.home, day, "--full-rebuild")
        with warehouse.published(self.home.published_database) as connection:
            (lost,) = connection.execute("select sum(abs(lost_rows)) from source_ledger").fetchone() or (0,)
            customers = connection.execute(
                "select list(distinct record_key order by record_key), customer_id from bridge_customer_identifier "
                "group by customer_id"
            ).fetchall()
        before, self.numbers = self.numbers, {tuple(records): number for records, number in customers}
        renumbered = sum(before.get(records, number) != number for records, number in self.numbers.items())
        return Night(day, published, _content_hash(self.home, day), kills, int(lost), renumbered)

    def _deliver(self, days: list[date]) -> None:
        """Lay out ``days``. Web events of every fifth day come two days late, and their manifest says so."""
        late = {day for day in days if day.day % 5 == 0}
        simulate_days(self.home, WORLD, self.shop, days, missing=[("web__interaction", day) for day in late])
        overdue = [day - timedelta(days=2) for day in days if (day - timedelta(days=2)).day % 5 == 0]
        for day in overdue if days[0] > WORLD.alive_from else []:
            simulate_days(self.home, WORLD, self.shop, [day])
            for path in self.home.inbox.glob(f"web/interaction_{day}*.gz"):
                known = {"delivered_at": f"{day + timedelta(days=2)}T21:00:00Z"}
                path.with_name(f"{path.name}.manifest.json").write_text(json.dumps(known))

    def _run(self, home: Home, day: date, *more: str) -> None:
        code = self._start(home, day, *more)
        assert code == 0, f"{day} {' '.join(more)} ended with {code}:\n{self.said[-1].told}"

    def _start(self, home: Home, day: date, *more: str, failpoint: str = "") -> int:
        settings = {"REGULARS_HOME": str(home.root), "REGULARS_FAILPOINT": failpoint}
        log = home.root.parent / f"{home.root.name}.{len(self.said)}.log"
        arguments = ("run", "--business-date", day.isoformat(), *more)
        self.said.append(process.start(process.command_line, arguments, log, settings).wait())
        return self.said[-1].exit_code


def _content_hash(home: Home, day: date) -> str:
    """Of the last publication of ``day``, in front or beside."""
    summaries = [json.loads(path.read_text()) for path in home.publications.glob(f"{day}-*/summary.json")]
    assert len({summary["content_hash"] for summary in summaries}) == 1, [one["publication_id"] for one in summaries]
    return str(summaries[0]["content_hash"])


def environment(folder: Path) -> dict[str, str]:
    """Settings of every process of a chain whose homes lie in ``folder``."""
    return {
        "REGULARS_WORLD": WORLD.name,
        "REGULARS_CONF": str(config.CONF),
        "REGULARS_IDENTIFIER_KEY": "nights on end",
        "AIRFLOW_HOME": str(folder / "airflow"),
        "PYTHONWARNINGS": "ignore",
    }
