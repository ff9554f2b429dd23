"""F2: what source systems deliver, and do not."""

from __future__ import annotations

import hashlib
import random

from regulars import ledger
from tests.faults import shop
from tests.faults.bench import LATE, NIGHT, Bench, assert_ended_well
from tests.faults.process import Run
from tests.faults.registry import fault

LINES = f"basket_line_{NIGHT}.csv.gz"
RECEIPTS = frozenset({"source_ledger", "cleaning_log", "column_profile"})
"""The marts that count what was delivered, and so may say that one came twice."""


def assert_same_marts(bench: Bench, state: str, *, apart_from: frozenset[str] = RECEIPTS) -> None:
    """Every mart in front but those named is what it is in ``state``."""
    now, wanted = bench.tables(), bench.tables_of(state)
    differ = sorted(name for name in wanted if now[name] != wanted[name] and name not in apart_from)
    assert not differ, f"differ: {differ}"
    bench.assert_tidy()


@fault("F201", promise=["P1", "P3"])
def delivered_twice(bench: Bench) -> None:
    """every file once more under its own name, and some under another: nothing changes but the count of deliveries"""
    bench.start_from("golden")
    for path in sorted(bench.inbox.glob("*/*")):
        path.write_bytes(path.read_bytes())
    last = bench.inbox / "transactions" / LINES
    shop.drop(bench.inbox, f"transactions/basket_line_{NIGHT}_again.csv.gz", last.read_bytes())
    assert_ended_well(bench.regulars("run"))
    assert_same_marts(bench, "golden")
    told = bench.ask("select repeated_deliveries from source_ledger where entity = 'basket_line'")
    assert told == [(1,)]


@fault("F202", promise=["P1"], quick=True)
def same_bytes_other_name(bench: Bench) -> None:
    """the same bytes under another name: a receipt, and no row twice"""
    bench.start_from("golden")
    before = bench.rows(ledger.content)
    last = bench.inbox / "transactions" / LINES
    shop.drop(bench.inbox, f"transactions/basket_line_{NIGHT}_again.csv.gz", last.read_bytes())
    assert_ended_well(bench.land())
    assert bench.rows(ledger.content) == before
    assert len([row for row in bench.rows(ledger.delivery) if row["business_date"] == shop.LAST_DAY]) == 4


@fault("F203", promise=["P1", "P3"])
def corrected(bench: Bench) -> None:
    """the same name with other bytes: the corrected amount wins, and both deliveries are in the ledger"""
    bench.start_with_late_lines()
    assert_ended_well(bench.land())
    before = hashlib.sha256((bench.inbox / LATE).read_bytes()).hexdigest()
    # Of two contents known at one instant neither the greater nor the smaller hash may win, but the later delivery.
    cents, corrected = next(
        (cents, content)
        for cents in range(2_000, 2_100)
        if hashlib.sha256(content := _late_lines_for(cents)).hexdigest() < before
    )
    shop.drop(bench.inbox, LATE, corrected)
    assert_ended_well(bench.regulars("run"))
    found = bench.ask("select net_revenue from fct_order where order_id like '%990001'")
    assert [int(amount * 100) for (amount,) in found] == [cents + 100]
    assert len([row for row in bench.rows(ledger.delivery) if row["name"].endswith("_late.csv.gz")]) == 2


def _late_lines_for(cents: int) -> bytes:
    first, *others = shop.late_lines()
    return shop.basket_lines([(*first[:5], f"{cents // 100}.{cents % 100:02d}", *first[6:]), *others])


@fault("F204", promise=["P1", "P3"])
def overlapping(bench: Bench) -> None:
    """a file that repeats the rows of another beside its own: each row counts once"""
    bench.start_from("golden")
    assert_ended_well(_overlap(bench))
    assert_same_marts(bench, "late", apart_from=RECEIPTS)
    assert bench.ask("select duplicate_rows > 0 from source_ledger where entity = 'basket_line'") == [(True,)]


def _overlap(bench: Bench) -> Run:
    rows = [*shop.rows_in(bench.inbox / "transactions" / LINES), *shop.late_lines()]
    shop.drop(bench.inbox, f"transactions/basket_line_{NIGHT}_late.csv.gz", shop.basket_lines(rows))
    return bench.regulars("run")


@fault("F207", promise=["P7"], quick=True)
def required_missing(bench: Bench) -> None:
    """a required file did not come: held with its name, the old publication stays"""
    bench.start_from("golden")
    bench.forget_delivery(f"transactions/{LINES}")
    bench.assert_held(bench.regulars("run"), "transactions__basket_line", "deliver")


@fault("F207b", promise=["P7"])
def optional_missing(bench: Bench) -> None:
    """an optional source did not come: published, and shown as absent"""
    bench.start_from("empty")
    for path in (bench.inbox / "web").iterdir():
        path.unlink()
    assert_ended_well(run := bench.regulars("run"))
    assert "Went on without: web (event)" in run.told
    assert bench.ask("select deliveries from source_ledger where source = 'web'") == [(0,)]


@fault("F208", promise=["P7"], quick=True)
def no_bytes(bench: Bench) -> None:
    """a file of zero bytes, of a required source: held, empty_file"""
    bench.start_from("golden")
    shop.drop(bench.inbox, f"transactions/basket_line_{NIGHT}_2.csv.gz", b"")
    bench.assert_held(bench.regulars("run"), "empty_file", f"basket_line_{NIGHT}_2.csv.gz")


@fault("F208b", promise=["P1"])
def optional_no_bytes(bench: Bench) -> None:
    """a file of zero bytes, of an optional source: refused with its reason, the rest is published"""
    bench.start_with_late_lines()
    shop.drop(bench.inbox, f"web/event_{NIGHT}_2.jsonl.gz", b"")
    assert_ended_well(bench.regulars("run"))
    assert_same_marts(bench, "late")
    assert bench.became(f"event_{NIGHT}_2.jsonl.gz")["reason"].startswith("empty_file")


@fault("F209", promise=["P7"], quick=True)
def header_only(bench: Bench) -> None:
    """a header and no row where the source never sends that: held, zero_rows"""
    bench.start_from("golden")
    empty = shop.zipped(shop.csv_bytes(shop.CRM_HEADER, []))
    shop.drop(bench.inbox, f"crm/household_{NIGHT}_2.csv.gz", empty)
    bench.assert_held(bench.regulars("run"), "zero_rows")


@fault("F210", promise=["P1", "P7"], quick=True)
def cut_off(bench: Bench) -> None:
    """a gzip extract cut at seeded offsets: each refused"""
    whole, chance = _golden_lines(bench), random.Random(210)
    names = []
    for number in range(300 if bench.is_full else 20):
        names.append(f"basket_line_{NIGHT}_cut{number}.csv.gz")
        shop.drop(bench.inbox, f"transactions/{names[-1]}", whole[: chance.randrange(1, len(whole))])
    assert bench.land().exit_code == 3
    assert {bench.became(name)["status"] for name in names} == {"refused"}


@fault("F211", promise=["P1", "P7"], quick=True)
def one_bit(bench: Bench) -> None:
    """one bit of a gzip extract flipped at seeded places: each refused, or decoded to the same rows"""
    whole, chance = _golden_lines(bench), random.Random(211)
    names = []
    for number in range(300 if bench.is_full else 20):
        at = chance.randrange(len(whole) * 8)
        flipped = bytearray(whole)
        flipped[at // 8] ^= 1 << (at % 8)
        names.append(f"basket_line_{NIGHT}_bit{number}.csv.gz")
        shop.drop(bench.inbox, f"transactions/{names[-1]}", bytes(flipped))
    bench.land()
    rows = len(shop.rows_in(bench.inbox / "transactions" / LINES))
    for name in names:
        content = bench.became(name)
        assert content["status"] == "refused" or content["accepted_rows"] == rows, f"{name}: {content}"


def _golden_lines(bench: Bench) -> bytes:
    bench.start_from("golden")
    return (bench.inbox / "transactions" / LINES).read_bytes()


@fault("F240", promise=["P1", "P3", "P4"])
def read_again(bench: Bench) -> None:
    """rows refused by a contract that was wrong: mended and read again, the night is what it would have been"""
    bench.start_with_late_lines()
    wrong = shop.conf_with(bench.folder / "wrong_conf", "transactions__basket_line", "sales_value", {"maximum": 50})
    assert_ended_well(bench.regulars("run", REGULARS_CONF=str(wrong)))
    assert bench.ask("select reason, rows from quarantine_reason") == [("sales_value: above 50", 1)]
    assert bench.home.in_front not in bench.golden.values()
    assert_ended_well(bench.regulars("quarantine", "replay", "transactions"))
    assert_ended_well(bench.regulars("run"))
    bench.assert_is("late")
