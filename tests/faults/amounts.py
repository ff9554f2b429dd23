"""F2: how much comes, in what order, and with which times: more rows, many files, another listing, other clocks."""

from __future__ import annotations

import json
import os
import random
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from regulars import clock, ledger
from tests.faults import shop
from tests.faults.arrived import assert_same_marts
from tests.faults.bench import LATE, NIGHT, Bench, assert_ended_well
from tests.faults.registry import fault

LATE_DAYS = 3
ROWS = 20_000
FEW_FILES, MANY_FILES = 400, 2_000


@fault("F205", promise=["P1", "P3"])
def three_days_late(bench: Bench) -> None:
    """a file of a day comes three days after it: known since then, and the night says what a rebuild says"""
    day = shop.LAST_DAY - timedelta(days=7)
    bench.start_from("golden")
    arrived = datetime.combine(day + timedelta(days=LATE_DAYS), datetime.min.time()) + timedelta(hours=12)
    at = datetime.combine(day, datetime.min.time()) + timedelta(hours=17)
    path = shop.drop(
        bench.inbox,
        f"transactions/basket_line_{day}_late.csv.gz",
        shop.basket_lines([shop.line(3, 990_005, 5, at, "12.34")]),
    )
    path.with_name(f"{path.name}.manifest.json").write_text(json.dumps({"delivered_at": f"{arrived.isoformat()}Z"}))
    assert_ended_well(bench.regulars("run"))
    known = "select known_at, net_revenue::varchar from fct_order where order_id = '990005'"
    assert bench.ask(known) == [(arrived, "12.34")]
    taken_in = bench.home.in_front
    assert_ended_well(bench.regulars("run", "--full-rebuild"))
    assert bench.home.in_front == taken_in, "a rebuild says something else"
    assert bench.ask("select known_from from fct_order_version where order_id = '990005'") == [(arrived,)]


@fault("F222", promise=["P1", "P7"])
def ten_times_the_rows(bench: Bench) -> None:
    """ten times the rows in one night: all counted, in less than ten times the time and twice the memory"""
    bench.start_with_late_lines()
    assert_ended_well(bench.regulars("run"))
    once = _newest_summary(bench)
    shop.drop(bench.inbox, f"transactions/basket_line_{NIGHT}_more.csv.gz", shop.basket_lines(shop.many_lines(ROWS)))
    before = bench.ask("select count(*) from fct_order_line")[0][0]
    assert_ended_well(bench.regulars("run", "--full-rebuild"))
    assert bench.ask("select count(*) from fct_order_line")[0][0] == before + ROWS
    more = _newest_summary(bench)
    assert more["seconds"] < 10 * once["seconds"], f"{more['seconds']} s, {once['seconds']} s before"
    assert more["peak_rss_bytes"] < 2 * once["peak_rss_bytes"]


def _newest_summary(bench: Bench) -> dict[str, Any]:
    newest = max((bench.home.root / "runs").glob("nightly.*/summary.json"), key=lambda path: path.stat().st_mtime)
    return json.loads(newest.read_text())


@fault("F223", promise=["P1"])
def many_files(bench: Bench) -> None:
    """2,000 files of one row each: all landed, and none costs much more than one of 400 does"""
    bench.start_from("golden")
    costs = [_cost_of_landing(bench, range(FEW_FILES)), _cost_of_landing(bench, range(FEW_FILES, MANY_FILES))]
    accepted = [row for row in bench.rows(ledger.content) if row["status"] == "landed"]
    assert len(accepted) == MANY_FILES
    few, many = costs[0] / FEW_FILES, costs[1] / (MANY_FILES - FEW_FILES)
    assert many < 2 * few, f"{few * 1000:.1f} ms a file at first, {many * 1000:.1f} ms later"


def _cost_of_landing(bench: Bench, numbers: range) -> float:
    for number in numbers:
        line = shop.line(1 + number % 200, 800_000 + number, 5, shop.late_lines_at(), "1.00")
        shop.drop(bench.inbox, f"transactions/basket_line_{NIGHT}_{number}.csv.gz", shop.basket_lines([line]))
    used = bench.folder / "seconds"
    assert_ended_well(bench.apart(_land_timed, str(used)))
    return float(used.read_text())


def _land_timed(used: str) -> None:
    from regulars import config
    from regulars.land.landing import land_source

    before = resource.getrusage(resource.RUSAGE_SELF)
    land_source(config.home(), config.world(), "transactions")
    after = resource.getrusage(resource.RUSAGE_SELF)
    Path(used).write_text(str(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))


@fault("F224", promise=["P1", "P3"])
def other_listing(bench: Bench) -> None:
    """the inbox is listed in another order, and once without some of its files: the same content"""
    bench.start_from("empty")
    for seed in (1, 2):
        assert_ended_well(bench.apart(_land_shuffled, seed))
    assert_ended_well(bench.regulars("run"))
    bench.assert_is("golden")


def _land_shuffled(seed: int) -> None:
    from regulars import config
    from regulars.land.landing import land_source

    listed, chance = Path.iterdir, random.Random(seed)

    def iterdir(folder: Path) -> list[Path]:
        found = sorted(listed(folder))
        return chance.sample(found, len(found) - (len(found) > 1 and seed == 1))

    Path.iterdir = iterdir  # type: ignore[method-assign, assignment]
    for source in ("web", "transactions", "crm"):
        land_source(config.home(), config.world(), source)


@fault("F225", promise=["P3"])
def other_file_times(bench: Bench) -> None:
    """files last changed in 1970 and in 2038: what their names and contents say counts"""
    bench.start_with_late_lines()
    for number, path in enumerate(sorted(bench.inbox.glob("*/*"))):
        then = datetime(1970 if number % 2 else 2038, 1, 2, tzinfo=UTC).timestamp()
        os.utime(path, (then, then))
    began = clock.utc_now()
    assert_ended_well(bench.regulars("run"))
    assert_same_marts(bench, "late")
    (receipt,) = [row for row in bench.rows(ledger.delivery) if row["name"] == Path(LATE).name]
    assert receipt["landed_at"] >= began
    assert receipt["known_at"].date() == shop.LAST_DAY + timedelta(days=1)
