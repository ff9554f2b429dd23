"""A seeded shop whose deliveries come late, twice and corrected, and whose catalogue changes; and its online shop.

Online, orders are cancelled, refunded and placed by guests, and refunds are corrected.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

CUSTOMERS, PRODUCTS = 240, 60
ONLINE_ORDERS = range(1_000_000, 1_000_800)
FIRST_DAY, DAYS = datetime(2017, 6, 1), 200
DEPARTMENTS = ("GROCERY", "FUEL", "DELI", None)

Row = dict[str, Any]
Landed = Mapping[str, Sequence[Row]]


def small_world(seed: int = 7) -> dict[str, list[Row]]:
    """Landed rows of basket lines, products and events, each with the instant it was delivered."""
    chance = random.Random(seed)
    lines = [line for number in range(CUSTOMERS) for line in _orders(chance, number)]
    return {
        "transactions__basket_line": [*lines, *_second_versions(chance, lines)],
        "transactions__product": list(_catalogue(chance)),
        "web__event": [_event(number) for number in range(CUSTOMERS, CUSTOMERS + 5)],
        **_online_shop(chance),
        **_people(random.Random(seed + 1)),
    }


def delivered_by(landed: Landed, instant: datetime) -> dict[str, list[Row]]:
    """What had been delivered at ``instant``."""
    return {entity: [row for row in rows if row["_known_at"] <= instant] for entity, rows in landed.items()}


def _event(customer: int) -> Row:
    """A campaign sent to somebody who never orders."""
    return {
        "message_id": f"campaign-{customer}",
        "type": "track",
        "user_id": str(customer),
        "event": "Campaign Received",
        "received_at": FIRST_DAY,
        "timestamp": FIRST_DAY,
        "_content": "events",
        "_line": customer,
        "_known_at": FIRST_DAY,
    }


def _orders(chance: random.Random, customer: int) -> Iterator[Row]:
    moment = FIRST_DAY + timedelta(days=chance.uniform(0, DAYS))
    rhythm = chance.choice((1.5, 4, 9, 25, 80))
    for number in range(1, 200):
        if moment >= FIRST_DAY + timedelta(days=DAYS):
            return
        for product in chance.sample(range(PRODUCTS), chance.randint(1, 4)):
            # Most lines come the next morning; of one in ten orders a line comes days or months later.
            late = chance.choice((2, 30, 90)) if chance.random() < 0.03 else 0
            yield {
                "household_id": customer,
                "store_id": chance.choice((1, 2, None)),
                "basket_id": customer * 1000 + number,
                "product_id": product,
                "quantity": chance.choice((0, 1, 2)),
                "sales_value": _cents(chance.choice((0, chance.randint(1, 9000)))),
                "retail_disc": chance.choice((None, _cents(chance.randint(0, 200)))),
                "transaction_timestamp": moment,
                "_content": f"{_morning_after(moment, late):%Y%m%d%H}",
                "_line": customer * 1000 + product,
                "_known_at": _morning_after(moment, late),
            }
        moment += timedelta(days=chance.expovariate(1 / rhythm), microseconds=1)


def _second_versions(chance: random.Random, lines: Sequence[Row]) -> Iterator[Row]:
    """One line in ten is delivered again, half of them with another value."""
    for line in chance.sample(list(lines), len(lines) // 10):
        known_at = line["_known_at"] + timedelta(days=chance.choice((1, 20, 70)))
        changed = {"sales_value": _cents(chance.randint(0, 9000)), "quantity": 3} if chance.random() < 0.5 else {}
        yield {**line, **changed, "_content": f"again-{known_at:%Y%m%d%H}", "_known_at": known_at}


def _online_shop(chance: random.Random) -> dict[str, list[Row]]:
    """Orders with their states, lines and refunds; half of the customers also order in the shop of bricks."""
    orders, lines, refunds = [], [], []
    for number in ONLINE_ORDERS:
        placed_at = FIRST_DAY + timedelta(days=chance.uniform(0, DAYS))
        order = {
            "order_id": number,
            "contact_id": chance.choice((None, *range(CUSTOMERS // 2, CUSTOMERS + 60))),
            "status": "test" if chance.random() < 0.02 else "completed",
            "currency": "USD",
            "ordered_at": placed_at,
        }
        orders.append({**order, **_told(chance, "order", number, placed_at)})
        fate = chance.random()
        if fate < 0.2:
            later = placed_at + timedelta(days=chance.uniform(0, 40))
            orders.append({**order, "status": "cancelled", **_told(chance, "cancelled", number, later)})
        if 0.1 < fate < 0.2:
            # The first state once more, after the order was cancelled: it changes nothing.
            told = _told(chance, "again", number, placed_at + timedelta(days=60))
            orders.append({**order, **told, "updated_at": placed_at})
        for line_number in range(1, chance.randint(1, 3) + 1):
            paid = _cents(chance.randint(500, 9000))
            line = {"order_id": number, "line_number": line_number, "product_id": chance.randrange(PRODUCTS)}
            told = _told(chance, "line", number * 10 + line_number, placed_at)
            lines.append(
                {**line, "quantity": 1, "net_revenue": paid, "discount": "0.00", "ordered_at": placed_at, **told}
            )
        if chance.random() < 0.3:
            refunds += _refund(chance, number, placed_at + timedelta(days=chance.uniform(0, 60)))
    return {"transactions__order": orders, "transactions__order_line": lines, "transactions__refund": refunds}


def _refund(chance: random.Random, number: int, refunded_at: datetime) -> Iterator[Row]:
    refund = {"refund_id": number, "order_id": number, "refunded_at": refunded_at}
    yield {**refund, "amount": _cents(chance.randint(100, 500)), **_told(chance, "refund", number, refunded_at)}
    if chance.random() < 0.3:
        told = _told(chance, "corrected", number, refunded_at + timedelta(days=chance.choice((7, 50))))
        yield {**refund, "amount": _cents(chance.randint(100, 500)), **told}


def _told(chance: random.Random, what: str, line: int, moment: datetime) -> Row:
    known_at = _morning_after(moment, chance.choice((2, 30)) if chance.random() < 0.1 else 0)
    return {"updated_at": moment, "_content": f"{what}-{known_at:%Y%m%d}", "_line": line, "_known_at": known_at}


def _people(chance: random.Random) -> dict[str, list[Row]]:
    """Who the online shop's customers are, what they look at, and what they ask; some of it told late."""
    contacts, visits, tickets = [], [], []
    for number in range(CUSTOMERS // 2, CUSTOMERS // 2 + 60):
        moment = FIRST_DAY + timedelta(days=chance.uniform(0, 20))
        for move in range(chance.randint(1, 4)):
            person = {
                "contact_id": number,
                "birth_year": 1992 + number % 3,
                "city": chance.choice(("Ulm", "Bonn", None)),
            }
            contacts.append({**person, **_told(chance, "contact", number * 10 + move, moment)})
            moment += timedelta(days=chance.uniform(1, 60))
        for visit in range(chance.randint(1, 12)):
            visits += _visit(chance, number, visit, FIRST_DAY + timedelta(days=chance.uniform(60, DAYS)))
        for ticket in range(chance.randint(0, 3)):
            moment = FIRST_DAY + timedelta(days=chance.uniform(0, DAYS))
            asked = {"ticket_id": number * 10 + ticket, "contact_id": number, "opened_at": moment}
            tickets.append({**asked, **_told(chance, "ticket", number * 10 + ticket, moment)})
            settled = {"satisfaction": chance.randint(1, 5), "resolved_at": moment + timedelta(days=3)}
            told = _told(chance, "settled", number * 10 + ticket, moment + timedelta(days=3))
            tickets.append({**asked, **settled, **told})
    return {"crm__contact": contacts, "web__interaction": visits, "crm__support_contact": tickets}


def _visit(chance: random.Random, contact: int, visit: int, moment: datetime) -> Iterator[Row]:
    for number, event in enumerate(("Product Viewed", "Product Viewed", "Products Searched", "Product Added")):
        line = (contact * 100 + visit) * 10 + number
        yield {
            "message_id": f"m{line}",
            "type": "track",
            "anonymous_id": f"visitor-{contact}",
            "user_id": contact,
            "event": event,
            "product_id": chance.randrange(PRODUCTS) if event.startswith("Product ") else None,
            "cart_id": f"cart-{contact}-{visit}" if event == "Product Added" else None,
            "price": "9.90",
            "quantity": 1,
            "device_type": chance.choice(("mobile", "desktop")),
            "received_at": moment,
            "timestamp": moment,
            **_told(chance, "visit", line, moment),
        }
        moment += timedelta(seconds=chance.randint(1, 900))


def _catalogue(chance: random.Random) -> Iterator[Row]:
    """A first catalogue that lacks some products, and two later ones that move products between departments."""
    for delivery, day in enumerate((1, 60, 150)):
        known_at = FIRST_DAY + timedelta(days=day)
        for product in range(0 if delivery else 6, PRODUCTS):
            yield {
                "product_id": product,
                "department": chance.choice(DEPARTMENTS) if chance.random() < 0.3 else DEPARTMENTS[product % 4],
                "brand": chance.choice(("Private", "National")),
                "_content": f"catalogue-{delivery}",
                "_line": product,
                "_known_at": known_at,
            }


def _morning_after(moment: datetime, late_days: int) -> datetime:
    return datetime(moment.year, moment.month, moment.day, 9) + timedelta(days=1 + late_days)


def _cents(amount: int) -> str:
    return f"{amount / 100:.2f}"
