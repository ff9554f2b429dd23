"""F3: addresses and phone numbers of several, in many forms, and merges that are taken back."""

from __future__ import annotations

from regulars import ledger
from tests.faults.bench import Bench, assert_ended_well
from tests.faults.commerce import LAST, SHOP, drop_rows, run
from tests.faults.killed import HEALS
from tests.faults.process import KILLED
from tests.faults.registry import fault

_CUSTOMERS = "select record_key, customer_id from bridge_customer_identifier where source = 'crm'"


def contact(number: int, **told: str) -> dict[str, object]:
    at = f"{LAST}T09:00:00Z"
    return {"contact_id": number, "created_at": at, "updated_at": at, "is_test": "no", "country": "DE"} | told


@fault("F104b", promise=HEALS, failpoints=["resolve.before_weights"])
def killed_before_weights(bench: Bench) -> None:
    """killed with weights learned and not kept: they are learned again, and customers are who they would have been"""
    bench.home.root.mkdir()
    size = ("--customers", "1500", "--days", "3")
    assert_ended_well(bench.regulars("demo", "simulate", *size, REGULARS_WORLD=SHOP))
    assert bench.regulars("run", failpoint="resolve.before_weights:kill", REGULARS_WORLD=SHOP).exit_code == KILLED
    run(bench)
    killed = dict(bench.ask(_CUSTOMERS))
    assert bench.ask("select count(*) > 0 from fct_identity_edge where rule = 'likeness'") == [(True,)]
    assert_ended_well(bench.regulars("run", "--full-rebuild", REGULARS_WORLD=SHOP))
    assert dict(bench.ask(_CUSTOMERS)) == killed


@fault("F319", promise=["P1", "P3"])
def addresses_of_several(bench: Bench) -> None:
    """one address in several writings, of a family, of an office, and none: who is another person stays another"""
    bench.start_from_small_shop()
    family = {"last_name": "Weber", "email": "weber@example.org"}
    office = [contact(900_050 + n, last_name=f"Name{n}", email="office@example.org") for n in range(9)]
    wrong = [contact(900_020, email="a b@example.org"), contact(900_021, email="x" * 320 + "@example.org")]
    name = drop_rows(
        bench,
        "crm__contact",
        [
            contact(900_001, first_name="Anna", phone="0155 00000001", **family),
            contact(900_002, first_name="Lena", phone="0155 00000002", **family),
            contact(900_003, first_name="Anna", last_name="Weber", email="WEBER@Example.org"),
            contact(900_004, last_name="Koch", email="t.koch@example.org"),
            contact(900_005, last_name="Kohl", email="tkoch@example.org"),
            *office,
            *wrong,
            *(contact(910_000 + n) for n in range(250)),
        ],
    )
    run(bench)
    of = dict(bench.ask(_CUSTOMERS))
    assert of["900001"] == of["900003"] != of["900002"] and of["900004"] != of["900005"]
    assert len({of[str(900_050 + n)] for n in range(9)}) == 9
    assert bench.ask("select rule, records from identity_refusal") == [("same_email", 9)]
    assert sum(bench.reasons(name).values()) == 2, bench.reasons(name)


@fault("F320", promise=["P1", "P3"])
def phones_in_many_forms(bench: Bench) -> None:
    """one phone number in five writings, one nobody can call, one that lacks its country"""
    bench.start_from_small_shop()
    written = ("0155 12345678", "+49 155 12345678", "0049-155-12345678", "+49(155)12345678", "0155/123.456-78")
    people = [contact(900_001 + n, last_name="Weber", phone=phone) for n, phone in enumerate(written)]
    people += [contact(900_020 + n, last_name="Koch", phone="n/a") for n in range(2)]
    people += [contact(900_030 + n, last_name="Kohl", phone="0155 7", country="") for n in range(2)]
    drop_rows(bench, "crm__contact", people)
    run(bench)
    of = dict(bench.ask(_CUSTOMERS))
    assert len({of[str(900_001 + n)] for n in range(5)}) == 1
    assert of["900020"] != of["900021"], "what is no number joins nobody"
    assert of["900030"] != of["900031"], "what is no number joins nobody"


@fault("F322", promise=["P3"])
def merged_and_taken_back(bench: Bench) -> None:
    """two customers merged by a steward and taken apart again: every table is as if it had never been"""
    bench.start_from_small_shop()
    run(bench)
    before = bench.home.in_front
    (one,), (other,) = bench.ask(
        "select any_value(record_key) from bridge_customer_identifier join customer_rfm using (customer_id) "
        "where source = 'crm' group by customer_id order by customer_id limit 2"
    )
    _judge(bench, one, other, "same")
    run(bench)
    of = dict(bench.ask(_CUSTOMERS))
    assert of[one] == of[other] and bench.home.in_front != before
    orders = "select count(distinct customer_id) from fct_order join bridge_customer_identifier using (customer_id) "
    assert bench.ask(f"{orders} where record_key in ('{one}', '{other}')") == [(1,)]
    _judge(bench, one, other, "withdrawn")
    run(bench)
    assert bench.home.in_front == before
    assert [row["verdict"] for row in bench.rows(ledger.identity_judgement)] == ["same", "withdrawn"]


def _judge(bench: Bench, one: str, other: str, verdict: str) -> None:
    said = ("identity", "judge", one, other, verdict, "--because", "as a test")
    assert_ended_well(bench.regulars(*said, REGULARS_WORLD=SHOP))
