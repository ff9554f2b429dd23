"""F3: what stands in the files: columns, rows, numbers; and what learning does with too little."""

from __future__ import annotations

import gzip

from tests.faults import shop
from tests.faults.bench import NIGHT, Bench, assert_ended_well
from tests.faults.process import Run
from tests.faults.registry import fault

FILE = f"basket_line_{NIGHT}_2.csv.gz"
SOUND = 1_000
_HEADER = ",".join(shop.LINE_HEADER)


def land_lines(bench: Bench, *odd: bytes, header: str = _HEADER, sound: int = SOUND) -> Run:
    """Land ``sound`` good lines with ``odd`` ones in the middle of them."""
    drop_lines(bench, *odd, header=header, sound=sound)
    return bench.land()


def drop_lines(bench: Bench, *odd: bytes, header: str = _HEADER, sound: int = SOUND) -> None:
    """Start from what is published and drop ``sound`` good lines with ``odd`` ones in the middle of them."""
    bench.start_from("golden")
    good = shop.csv_bytes(header.split(","), shop.many_lines(sound)).splitlines(keepends=True)
    half = 1 + sound // 2
    shop.drop(bench.inbox, f"transactions/{FILE}", gzip.compress(b"".join([*good[:half], *odd, *good[half:]])))


def raw(basket: int, amount: str = "1.00", quantity: str = "1") -> bytes:
    """One line as it stands in a file."""
    return f"5,1,{basket},7,{quantity},{amount},0.00,0.00,0.00,{NIGHT}T16:00:00Z\n".encode()


@fault("F301", promise=["P3"], quick=True)
def column_added(bench: Bench) -> None:
    """a column nobody asked for: taken, and told"""
    bench.start_from("golden")
    rows = [(*row, "news") for row in shop.many_lines(20)]
    shop.drop(
        bench.inbox,
        f"transactions/{FILE}",
        shop.zipped(shop.csv_bytes((*shop.LINE_HEADER, "loyalty_tier"), rows)),
    )
    assert_ended_well(bench.land())
    content = bench.became(FILE)
    assert (content["status"], content["accepted_rows"]) == ("accepted", 20)


@fault("F302", promise=["P7"], quick=True)
def column_renamed(bench: Bench) -> None:
    """a required column renamed: held, with the name it may have had"""
    drop_lines(bench, header=_HEADER.replace("basket_id", "Basket-Id"))
    bench.assert_held(bench.regulars("run"), "basket_id", "Basket-Id")


@fault("F304", promise=["P1", "P7"], quick=True)
def other_locale(bench: Bench) -> None:
    """a few amounts in another locale's form: those rows are refused with the reason"""
    assert_ended_well(land_lines(bench, raw(1, '"1.234,50"'), raw(2, '"12,5"')))
    assert bench.reasons(FILE) == {"sales_value: not a decimal": 2}


@fault("F304b", promise=["P7"], quick=True)
def other_locale_throughout(bench: Bench) -> None:
    """more amounts in another locale's form than the source allows: the file is held"""
    run = land_lines(bench, *(raw(number, '"12,5"') for number in range(60)))
    assert run.exit_code == 3
    assert "refused" in run.told


@fault("F306", promise=["P1", "P7"], quick=True)
def ragged(bench: Bench) -> None:
    """rows too short and too long: refused with their line, the rest accepted, no value told"""
    canary = f"{shop.CANARY[0]},{shop.CANARY[1]}\n".encode()
    assert_ended_well(land_lines(bench, canary, raw(1)[:-1] + b",more\n"))
    content = bench.became(FILE)
    assert bench.reasons(FILE) == {"ragged_row": 2}
    assert (content["accepted_rows"], content["read_rows"]) == (SOUND, SOUND + 2)


@fault("F307", promise=["P1", "P7"], quick=True)
def line_ends(bench: Bench) -> None:
    """mixed line ends and an empty line are taken"""
    assert_ended_well(land_lines(bench, raw(1)[:-1] + b"\r\n", b"\n", raw(2)[:-1] + b"\r\n"))
    assert bench.became(FILE)["accepted_rows"] == SOUND + 2


@fault("F307b", promise=["P1", "P7"], quick=True)
def open_quote(bench: Bench) -> None:
    """a quote that is never closed swallows the rest: the file is held"""
    run = land_lines(bench, b'5,1,"3,7,1,1.00,0,0,0,x\n')
    assert run.exit_code == 3
    assert "unterminated_quote" in run.told


@fault("F309", promise=["P1"], quick=True)
def no_numbers(bench: Bench) -> None:
    """NaN, inf, 1e400 are refused, N/A and NULL where a value must be too, -0.00 is zero"""
    odd = [raw(number, text) for number, text in enumerate(("NaN", "inf", "-inf", "1e400", "N/A", "NULL", "-"))]
    assert_ended_well(land_lines(bench, *odd, raw(99, "-0.00")))
    assert bench.reasons(FILE) == {"sales_value: not a decimal": 5, "sales_value: missing": 2}
    assert bench.became(FILE)["accepted_rows"] == SOUND + 1


@fault("F310", promise=["P1", "P2", "P7"])
def bad_rows_and_the_rest(bench: Bench) -> None:
    """one file with rows of every bad kind: they are kept apart and counted, the rest is published to the cent"""
    revenue = "select sum(net_revenue) from fct_order"
    odd = [raw(1, "NaN"), b"short\n", raw(2, "-5.00"), raw(3, "2000000000.00"), raw(4, "1.00", "-3")]
    drop_lines(bench, *odd)
    before = bench.ask(revenue)[0][0]
    assert_ended_well(bench.regulars("run"))
    assert bench.ask(revenue)[0][0] - before == SOUND
    assert sum(bench.reasons(FILE).values()) == len(odd)
    assert bench.ask("select sum(quarantined_rows), sum(lost_rows) from source_ledger") == [(len(odd), 0)]


@fault("F310b", promise=["P2", "P7"], quick=True)
def two_customers_in_one_basket(bench: Bench) -> None:
    """a critical claim is broken: the gate holds the night, and says which claim"""
    drop_lines(bench, raw(880_000))
    bench.assert_held(bench.regulars("run"), "basket_has_several_households")


@fault("F327", promise=["P7"], quick=True)
def a_fifth_is_bad(bench: Bench) -> None:
    """20 % of a required source is bad: the night is held"""
    drop_lines(bench, *(raw(number, "?") for number in range(25)), sound=100)
    bench.assert_held(bench.regulars("run"), "bad_rate")


@fault("F327b", promise=["P7"])
def a_fifth_of_an_optional_source_is_bad(bench: Bench) -> None:
    """20 % of an optional source is bad: its file is held, and the night goes on without it"""
    bench.start_with_late_lines()
    calls = gzip.decompress(shop.events(shop.LAST_DAY)).splitlines(keepends=True)
    broken = shop.zipped(b"".join([*calls[:20], *[b"{\n"] * 5]))
    shop.drop(bench.inbox, f"web/event_{NIGHT}_2.jsonl.gz", broken)
    assert_ended_well(bench.regulars("run"))
    assert bench.became(f"event_{NIGHT}_2.jsonl.gz")["status"] == "held"
    assert bench.home.in_front == bench.golden["late"]


@fault("F327c", promise=["P7"])
def an_optional_source_fails_its_gate(bench: Bench) -> None:
    """an optional source's file fails its gate: it is held, and the night goes on without it"""
    bench.start_with_late_lines()
    timeless = gzip.decompress(shop.events(shop.LAST_DAY)).replace(b'"sentAt"', b'"sent"')
    shop.drop(bench.inbox, f"web/event_{NIGHT}_2.jsonl.gz", shop.zipped(timeless))
    assert_ended_well(bench.regulars("run"))
    assert bench.became(f"event_{NIGHT}_2.jsonl.gz")["status"] == "held"
    assert bench.home.in_front == bench.golden["late"]


@fault("F328", promise=["P7"])
def too_few_customers(bench: Bench) -> None:
    """fewer than 50 customers: training is refused and says why, simple rules score, the night is published"""
    bench.start_from("empty")
    for path in sorted((bench.inbox / "transactions").glob("basket_line_*")):
        few = [row for row in shop.rows_in(path) if int(str(row[0])) <= 30]
        path.write_bytes(shop.basket_lines(few))
    run = bench.regulars("run")
    assert_ended_well(run)
    assert "fewer than 50" in run.told, run.told
    assert bench.ask("select bool_and(is_baseline) from customer_score") == [(True,)]


@fault("F328b", promise=["P7"])
def too_little_history(bench: Bench) -> None:
    """too little history to learn from: training is refused, the last good models stay"""
    bench.start_from("golden")
    before = bench.versions()
    run = bench.apart(_train_too_early)
    assert run.exit_code == 1
    assert "raining refused" in run.told
    assert bench.versions() == before


def _train_too_early() -> None:
    from airflow.sdk import DAG

    from regulars import config, in_process
    from regulars.cli import _say_error
    from regulars.errors import RegularsError
    from tests.faults.process import call_tasks

    DAG.test = call_tasks
    dags = in_process.load_dags(config.home())
    try:
        in_process.run_dag(config.home(), dags[in_process.TRAINING], {"business_date": str(shop.DELIVERIES[3])})
    except RegularsError as refused:
        _say_error(str(refused), refused.exit_code)


@fault("F331", promise=["P7"], quick=True)
def model_tampered(bench: Bench) -> None:
    """a byte of the champion's file was changed: scoring is denied and names it, the old publication stays"""
    bench.start_with_late_lines()
    booster = next(bench.home.models.glob("churn/*/booster_0.txt"))
    booster.write_text(booster.read_text().replace("leaf_value=", "leaf_value= ", 1))
    run = bench.regulars("run")
    assert run.exit_code == 3, run.told
    assert "booster_0.txt" in run.told
    assert bench.home.in_front == bench.golden["golden"]
