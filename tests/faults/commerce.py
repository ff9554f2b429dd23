"""F3: customers nobody knows, orders that must not count, money of another currency, one customer who is half the shop.

Some of it needs what the tiny shop has not (refunds, tests, sessions): that runs on a small simulated one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from regulars import config, ledger
from regulars.sources import load_entity
from tests.faults import shop
from tests.faults.bench import NIGHT, SMALL_SHOP_DAYS, Bench, assert_ended_well
from tests.faults.killed import HEALS
from tests.faults.process import KILLED
from tests.faults.registry import fault

SHOP = "shop"
LAST = config.world(SHOP).alive_from + timedelta(days=SMALL_SHOP_DAYS - 1)
CONTACT = 900_001
_REVENUE = "select net_revenue, orders from customer_rfm inner join bridge_customer_identifier using (customer_id)"
ONE_AND_THE_OTHER = {"EUR": "100.00", "CHF": "200.00", "QQQ": "300.00"}


def drop_rows(bench: Bench, name: str, rows: Iterable[dict[str, object]], more: str = "a") -> str:
    """A delivery of an entity of the simulated shop; what a row does not say is empty. Gives its name."""
    entity = load_entity(name)
    columns = [column.name for column in entity.read_columns]
    lines = [[row.get(column, "") for column in columns] for row in rows]
    file = entity.pattern.replace("{business_date}.", f"{LAST}_{more}.")
    shop.drop(bench.inbox, f"{entity.source}/{file}", shop.zipped(shop.csv_bytes(columns, lines)))
    return file


def order(number: int, status: str = "completed", hour: int = 10, **more: object) -> dict[str, object]:
    """A state of an order of the contact everybody here looks at."""
    told = {"order_id": number, "contact_id": CONTACT, "status": status, "payment_method": "card", "currency": "EUR"}
    return told | {"ordered_at": f"{LAST}T10:00:00Z", "updated_at": f"{LAST}T{hour}:00:00Z", "shipping": "0.00"} | more


def lines(*amounts: tuple[int, str]) -> list[dict[str, object]]:
    """One line for each order and amount."""
    told = {"line_number": 1, "product_id": 1, "quantity": 1, "discount": "0.00", "ordered_at": f"{LAST}T10:00:00Z"}
    return [told | {"order_id": number, "unit_price": amount, "net_revenue": amount} for number, amount in amounts]


def run(bench: Bench) -> None:
    """The last night of the simulated shop."""
    assert_ended_well(bench.regulars("run", REGULARS_WORLD=SHOP))


def of_contact(bench: Bench) -> list[tuple[Decimal, int]]:
    """Net revenue and orders of the contact everybody here looks at."""
    return bench.ask(f"{_REVENUE} where source = 'transactions' and record_key = '{CONTACT}'")


@fault("F311", promise=["P1", "P7"])
def other_currencies(bench: Bench) -> None:
    """orders in another currency, and in one nobody knows: set aside with the reason, never added"""
    bench.start_from_small_shop()
    placed = [order(800_000 + number, currency=currency) for number, currency in enumerate(ONE_AND_THE_OTHER)]
    others = [order(810_000 + number, contact_id=900_100 + number) for number in range(300)]
    name = drop_rows(bench, "transactions__order", [*placed, *others])
    amounts = [(800_000 + number, amount) for number, amount in enumerate(ONE_AND_THE_OTHER.values())]
    amounts += [(810_000 + number, "1.00") for number in range(300)]
    drop_rows(bench, "transactions__order_line", lines(*amounts))
    run(bench)
    assert bench.reasons(name) == {"gate: currency_is_that_of_the_shop": 2}
    assert of_contact(bench) == [(Decimal("100.00"), 1)]
    assert bench.ask("select distinct currency from fct_order") == [("EUR",)]


@fault("F105c", promise=HEALS, failpoints=["consent.mid_append"])
def killed_among_consents(bench: Bench) -> None:
    """killed while consents are written down: each stands once, and the chain is whole"""
    bench.start_from_small_shop()
    said = {
        "created_at": f"{LAST}T09:00:00Z",
        "updated_at": f"{LAST}T09:00:00Z",
        "email_consent": "yes",
        "is_test": "no",
    }
    drop_rows(bench, "crm__contact", [said | {"contact_id": 950_000 + number} for number in range(300)])
    assert bench.regulars("run", failpoint="consent.mid_append:kill", REGULARS_WORLD=SHOP).exit_code == KILLED
    run(bench)
    new = [row for row in bench.rows(ledger.consent_decision) if row["record_key"].startswith("950")]
    assert len(new) == len({row["record_key"] for row in new}) == 300
    assert_ended_well(bench.regulars("consent", "verify", REGULARS_WORLD=SHOP))


@fault("F323", promise=["P1", "P3"])
def unknown_customer(bench: Bench) -> None:
    """an order and an event of people the CRM does not know: customers without a record, who keep their number"""
    bench.start_from("golden")
    shop.drop(
        bench.inbox,
        f"transactions/basket_line_{NIGHT}_2.csv.gz",
        shop.basket_lines([shop.line(555_001, 990_007, 5, shop.late_lines_at(), "12.34")]),
    )
    sent = dict.fromkeys(("originalTimestamp", "sentAt", "receivedAt", "timestamp"), f"{NIGHT}T18:00:00Z")
    call = {"type": "track", "messageId": "orphan", "userId": "555002", "event": "Campaign Received"}
    properties = {"campaign_id": 7, "campaign_type": "Type A"}
    shop.drop(
        bench.inbox, f"web/event_{NIGHT}_2.jsonl.gz", shop.json_lines([{**call, **sent, "properties": properties}])
    )
    assert_ended_well(bench.regulars("run"))
    before = _known_customers(bench)
    assert [has_record for _, _, has_record in before] == [False, False], before
    rows = [
        (number, "25-34", "50-74K", "", "", "1", "1 Adult", "0", "A Name", "a@b", "c") for number in (555_001, 555_002)
    ]
    known = shop.zipped(shop.csv_bytes(shop.CRM_HEADER, [*shop.household_rows(), *rows]))
    shop.drop(bench.inbox, f"crm/household_{NIGHT}_2.csv.gz", known)
    assert_ended_well(bench.regulars("run"))
    assert _known_customers(bench) == [(key, customer, True) for key, customer, _ in before]
    assert bench.ask("select count(*) from fct_event where event_id = 'orphan' and customer_id is not null") == [(1,)]


def _known_customers(bench: Bench) -> list[tuple[str, int, bool]]:
    return bench.ask(
        "select distinct record_key, customer_id, has_crm_record from bridge_customer_identifier "
        "inner join dim_customer using (customer_id) where record_key in ('555001', '555002') order by all"
    )


@fault("F324", promise=["P1", "P3"])
def orders_that_do_not_count(bench: Bench) -> None:
    """tests, orders cancelled later, refunds in part: only what was kept counts"""
    bench.start_from_small_shop()
    placed = [order(800_001), order(800_002), order(800_003, status="test"), order(800_004)]
    drop_rows(bench, "transactions__order", placed)
    amounts = ((800_001, "100.00"), (800_002, "50.00"), (800_003, "999.00"), (800_004, "7.00"))
    drop_rows(bench, "transactions__order_line", lines(*amounts))
    run(bench)
    assert of_contact(bench) == [(Decimal("157.00"), 3)]
    drop_rows(bench, "transactions__order", [order(800_002, status="cancelled", hour=12)], more="b")
    refund = {"refund_id": 700_001, "order_id": 800_001, "line_number": 1, "amount": "30.00", "is_return": "yes"}
    drop_rows(bench, "transactions__refund", [refund | {"refunded_at": f"{LAST}T13:00:00Z", "reason": "damaged"}])
    run(bench)
    assert of_contact(bench) == [(Decimal("77.00"), 2)]


@fault("F326b", promise=["P1", "P3"])
def sources_contradict_each_other(bench: Bench) -> None:
    """a cart of another worth than its order, an order far beyond all others: named for review, counted as they are"""
    bench.start_from_small_shop()
    drop_rows(bench, "transactions__order", [order(800_001)])
    drop_rows(bench, "transactions__order_line", lines((800_001, "9000.00")))
    said = [
        _of_cart("Product Added", product_id=1, price=100.00, quantity=1),
        _of_cart("Order Completed", order_id=800_001),
    ]
    shop.drop(bench.inbox, f"web/interaction_{LAST}_a.jsonl.gz", shop.json_lines(said))
    run(bench)
    assert of_contact(bench) == [(Decimal("9000.00"), 1)]
    found = "select key, value, lowest, found_rows from quality_finding where check_name = 'cart_is_worth_its_order'"
    assert bench.ask(found) == [("a cart", Decimal("100.00"), Decimal("9000.00"), 1)]
    farthest = "select key from quality_finding where check_name = 'order_net_revenue_is_ordinary' and place = 1"
    # In so few orders none can be three standard deviations from their mean.
    assert bench.ask(f"{farthest} and rule = 'iqr'") == [("800001",)]
    flagged = "select entity, rows from cleaning_log where step = 'flagged for review' and entity = 'fct_cart'"
    assert bench.ask(flagged) == [("fct_cart", 1)]


def _of_cart(event: str, **properties: object) -> dict[str, object]:
    sent = dict.fromkeys(("originalTimestamp", "sentAt", "receivedAt", "timestamp"), f"{LAST}T09:30:00Z")
    who = {"type": "track", "messageId": event, "anonymousId": "a visitor", "userId": str(CONTACT), "event": event}
    return {
        **who,
        **sent,
        "context": {"device": {"type": "desktop"}},
        "properties": {"cart_id": "a cart", **properties},
    }


@fault("F326", promise=["P1", "P3"])
def one_is_half_the_shop(bench: Bench) -> None:
    """a customer with as many orders as all others, a bot with 20,000 events: nobody else is described anew"""
    bench.start_from_small_shop()
    funnel = "select * from funnel_day order by all"
    scores = (
        "select customer_id, days_since_last_order, orders, net_revenue from customer_rfm "
        f"where customer_id not in ({_of_contact()}) order by all"
    )
    run(bench)
    before, others = bench.ask(funnel), bench.ask(scores)
    count = bench.ask("select count(*) from fct_order")[0][0]
    drop_rows(bench, "transactions__order", [order(800_000 + number) for number in range(count)])
    drop_rows(bench, "transactions__order_line", lines(*((800_000 + number, "10.00") for number in range(count))))
    shop.drop(bench.inbox, f"web/interaction_{LAST}_a.jsonl.gz", shop.json_lines(map(_of_a_bot, range(20_000))))
    run(bench)
    assert of_contact(bench) == [(Decimal(10 * count), count)]
    assert bench.ask(funnel) == before, "the bot is in the funnel"
    assert bench.ask(scores) == others
    assert bench.ask("select bool_and(is_bot), sum(events)::integer from fct_session where events > 15000") == [
        (True, 20_000)
    ]
    assert bench.ask(
        "select bool_and(r between 1 and 5 and f between 1 and 5 and m between 1 and 5) from customer_rfm"
    ) == [(True,)]


def _of_contact() -> str:
    return f"select customer_id from bridge_customer_identifier where record_key = '{CONTACT}'"


def _of_a_bot(number: int) -> dict[str, object]:
    at = f"{LAST}T12:{number // 60 % 30:02d}:{number % 60:02d}Z"
    page = {"page": {"path": f"/{number}"}, "device": {"type": "desktop"}, "location": {"country": "DE"}}
    sent = dict.fromkeys(("originalTimestamp", "sentAt", "receivedAt", "timestamp"), at)
    return {
        "type": "page",
        "messageId": f"bot-{number}",
        "anonymousId": "bot",
        "context": page,
        "properties": {},
        **sent,
    }
