"""One block of days: what is drawn for it, as the rows of each extract in the order of their delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.demo.simulate import orders, social, support, survey
from regulars.demo.simulate import visits as visiting
from regulars.demo.simulate.catalogue import CAMPAIGNS, CATEGORIES, FIRST_PRODUCT_ID, Catalogue
from regulars.demo.simulate.contacts import FIRST_CONTACT_ID, Records
from regulars.demo.simulate.people import COUNTRIES, DEVICES, People, Visitors
from regulars.demo.simulate.shop import DAY_MS, HOUR_MS, Calendar, Shop
from regulars.demo.simulate.visits import ADD, CHECKOUT, IDENTIFY, ORDER, PAGE, Steps, Visits
from regulars.demo.simulate.written import ENGAGEMENT, INTERACTION, ORDER_LINE, REFUND, SUPPORT_CONTACT, SURVEY_ANSWER
from regulars.demo.simulate.written import ORDER as ORDER_ENTITY

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_TYPES = ("page", "track", "track", "track", "identify", "track", "track")
_EVENTS = (None, "Products Searched", "Product Viewed", "Product Added", None, "Checkout Started", "Order Completed")
_PATHS = ("/", "/search", None, None, "/login", "/checkout", "/thank-you")
_REFERRERS = ("search.example.com", "social.example.net", "prices.example.org", None)


@dataclass(frozen=True)
class Plan:
    """All that is fixed before the first day."""

    shop: Shop
    calendar: Calendar
    crowd: People
    browsers: Visitors
    products: Catalogue
    kept: Records
    mail: list[str]


def rows_of(plan: Plan, block: int) -> dict[str, pa.Table]:
    """The rows that follow from what happens in ``block``, by entity. Contacts are not among them."""
    shop, crowd = plan.shop, plan.crowd
    came = visiting.visits(shop, plan.calendar, crowd, block)
    done = visiting.steps(shop, crowd, plan.products, came, block)
    quantity = orders.quantities(shop, done, block)
    placed, lines = orders.orders(shop, crowd, plan.products, came, done, quantity, block)
    contact = _contact_of(plan, "visits", came.person, came.begins_ms, block)
    asked = support.tickets(shop, plan.calendar, crowd, block)
    asking = _contact_of(plan, "tickets", asked.person, asked.opened_ms, block)
    told = survey.answers(shop, plan.calendar, crowd, block)
    telling = _contact_of(plan, "answers", told.person, told.answered_ms, block)
    said = social.engagements(shop, plan.calendar, crowd, block)
    saying = _contact_of(plan, "engagements", said.person, said.happened_ms, block)
    return {
        INTERACTION: _interactions(plan, came, done, quantity, contact, block),
        ORDER_ENTITY: _orders(plan, came, placed, contact),
        ORDER_LINE: _lines(plan, placed, lines),
        REFUND: _refunds(plan, placed, orders.refunds(shop, placed, lines, block)),
        SUPPORT_CONTACT: _tickets(plan, asked, asking),
        SURVEY_ANSWER: _answers(plan, told, telling),
        ENGAGEMENT: _engagements(plan, said, saying),
    }


def _contact_of(plan: Plan, stream: str, person: np.ndarray, at_ms: np.ndarray, block: int) -> np.ndarray:
    """The contact each person appears as: of two records, one as often as the other. Meaningless for guests."""
    import numpy as np

    known = np.where(person < plan.crowd.customers, person, 0)
    second = plan.kept.of_person(second=True)[known]
    is_there = (second >= 0) & (plan.kept.created_ms[second] <= at_ms)
    is_picked = is_there & (plan.shop.random(f"contact of {stream}", block).random(len(person)) < 0.5)
    return FIRST_CONTACT_ID + np.where(is_picked, second, plan.kept.of_person(second=False)[known])


def _interactions(
    plan: Plan, came: Visits, done: Steps, quantity: np.ndarray, contact: np.ndarray, block: int
) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    random, count = plan.shop.random("devices", block), len(done.kind)
    skew = random.normal(0, 20_000, len(came.day)).astype("int64")[done.visit]
    is_late = random.random(count) < plan.shop.late_share
    late = random.integers(25 * HOUR_MS, 5 * DAY_MS - HOUR_MS, count)
    waited = np.where(is_late, late, random.integers(200, 3_000, count))
    received = done.happened_ms + waited
    referrer = random.choice(len(_REFERRERS), len(came.day), p=[0.4, 0.15, 0.05, 0.4])[done.visit]
    sequence = np.argsort(received, kind="stable")
    visit, kind, product = done.visit[sequence], done.kind[sequence], done.product[sequence]
    received, original = received[sequence], (done.happened_ms + skew)[sequence]
    is_known = came.is_known[visit] | ((kind >= IDENTIFY) & ~came.is_guest[visit])
    is_of_product, is_added, is_ordered = product >= 0, kind == ADD, kind == ORDER
    is_in_cart = is_added | (kind == CHECKOUT) | is_ordered
    number, browser = came.number[visit], came.visitor[visit]
    country = plan.crowd.country[np.where(came.person < plan.crowd.count, came.person, 0)]
    return pa.table(
        {
            "day": plan.calendar.number_of(received),
            "visit": number,
            "place": done.place[sequence],
            "type": _named(_TYPES, kind),
            "event": _named(_EVENTS, kind),
            "anonymous_id": pa.array(plan.browsers.anonymous_id).take(pa.array(browser)),
            "user_id": _some(contact[visit], is_known),
            "product_id": _some(product + FIRST_PRODUCT_ID, is_of_product),
            "price_cents": _some(plan.products.price_cents[product], is_of_product),
            "quantity": _some(quantity[sequence], is_added),
            "cart": _some(number, is_in_cart),
            "order_id": _some(number, is_ordered),
            "path": _paths(kind, done.place[sequence], product),
            "referrer": _named(_REFERRERS, np.where(done.place[sequence] == 0, referrer[sequence], 3)),
            "device": _named(DEVICES, plan.browsers.device[browser]),
            "campaign": _named((*CAMPAIGNS, None), came.campaign[visit]),
            "country": _named(COUNTRIES, country[visit]),
            "original_ms": original,
            "sent_ms": original + waited[sequence],
            "received_ms": received,
            "happened_ms": done.happened_ms[sequence],
        }
    )


def _paths(kind: np.ndarray, place: np.ndarray, product: np.ndarray) -> pa.Array:
    """The page a step is on: a product's, a category's for later pages, else that of its kind."""
    import numpy as np

    of_products = [f"/product/{FIRST_PRODUCT_ID + number}" for number in range(int(product.max(initial=-1)) + 1)]
    of_categories = [f"/category/{name.lower()}" for name in CATEGORIES]
    number = np.where(product >= 0, len(_PATHS) + len(CATEGORIES) + product, kind)
    is_later_page = (kind == PAGE) & (place > 0)
    return _named((*_PATHS, *of_categories, *of_products), np.where(is_later_page, len(_PATHS) + place % 12, number))


def _orders(plan: Plan, came: Visits, placed: orders.Orders, contact: np.ndarray) -> pa.Table:
    """Each order when it is placed, and again when it is cancelled."""
    import numpy as np
    import pyarrow as pa

    count = len(placed.visit)
    is_cancelled = placed.cancelled_ms >= 0
    order = np.concatenate([np.arange(count), np.flatnonzero(is_cancelled)])
    updated = np.concatenate([placed.ordered_ms, placed.cancelled_ms[is_cancelled]])
    status = np.concatenate([np.where(placed.is_test, 2, 0), np.full(int(is_cancelled.sum()), 1)])
    sequence = np.argsort(updated, kind="stable")
    order, updated, status = order[sequence], updated[sequence], status[sequence]
    visit = placed.visit[order]
    is_guest = came.is_guest[visit]
    mail = pa.array(plan.mail).take(pa.array(came.person[visit], mask=~is_guest))
    return pa.table(
        {
            "day": plan.calendar.number_of(updated),
            "order_id": placed.order_id[order],
            "contact_id": _some(contact[visit], ~is_guest),
            "guest_email": mail,
            "status": _named(orders.STATUSES, status),
            "payment_method": _named(orders.PAYMENTS, placed.payment[order]),
            "ordered_ms": placed.ordered_ms[order],
            "updated_ms": updated,
            "shipping_cents": placed.shipping_cents[order],
        }
    )


def _lines(plan: Plan, placed: orders.Orders, lines: orders.Lines) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    ordered = placed.ordered_ms[lines.order]
    rows = {
        "order_id": placed.order_id[lines.order],
        "line_number": lines.number,
        "product_id": lines.product + FIRST_PRODUCT_ID,
        "quantity": lines.quantity,
        "price_cents": lines.price_cents,
        "discount_cents": lines.discount_cents,
        "net_cents": lines.net_cents,
        "ordered_ms": ordered,
        "day": plan.calendar.number_of(ordered),
    }
    return pa.table(rows).take(pa.array(np.argsort(ordered, kind="stable")))


def _refunds(plan: Plan, placed: orders.Orders, paid: orders.Refunds) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    order_id = placed.order_id[paid.order]
    rows = {
        "day": plan.calendar.number_of(paid.refunded_ms),
        "refund_id": order_id,
        "order_id": order_id,
        "line_number": _some(paid.line_number, paid.line_number > 0),
        "cents": paid.cents,
        "reason": _named(orders.REASONS, paid.reason),
        "is_return": _named(("no", "yes"), (paid.reason < orders.RETURNED_REASONS).astype("int64")),
        "refunded_ms": paid.refunded_ms,
    }
    return pa.table(rows).take(pa.array(np.argsort(paid.refunded_ms, kind="stable")))


def _answers(plan: Plan, told: survey.Answers, contact: np.ndarray) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    words = [word for answers in survey.QUESTIONS.values() for word in answers]
    rows = {
        "day": plan.calendar.number_of(told.answered_ms),
        "answer_id": told.answer_id,
        "contact_id": contact,
        "answered_ms": told.answered_ms,
        "question": _named(tuple(survey.QUESTIONS), told.question),
        "answer": _named(tuple(words), 4 * told.question + told.answer),
    }
    return pa.table(rows).take(pa.array(np.argsort(told.answered_ms, kind="stable")))


def _engagements(plan: Plan, said: social.Engagements, contact: np.ndarray) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    language, text = zip(*social.TEXTS, strict=True)
    rows = {
        "day": plan.calendar.number_of(said.happened_ms),
        "engagement_id": pa.array([f"e{number}" for number in said.number.tolist()]),
        "happened_ms": said.happened_ms,
        "network": _named(social.NETWORKS, said.network),
        "kind": _named(social.KINDS, said.kind),
        "contact_id": _some(contact, said.is_linked),
        "handle": pa.array([f"@shopper{number}" for number in said.handle.tolist()]),
        "topic": _named((*CATEGORIES, None), said.topic),
        "language": _named((*language, None), said.text),
        "text": _named((*text, None), said.text),
    }
    return pa.table(rows).take(pa.array(np.argsort(said.happened_ms, kind="stable")))


def _tickets(plan: Plan, asked: support.Tickets, contact: np.ndarray) -> pa.Table:
    """Each ticket on the day it is opened, and again when it is resolved on a later one."""
    import numpy as np
    import pyarrow as pa

    day, last = plan.calendar.number_of(asked.opened_ms), plan.calendar.number_of(asked.resolved_ms)
    ticket = np.concatenate([np.arange(len(day)), np.flatnonzero(last > day)])
    told = np.concatenate([day, last[last > day]])
    is_told = (asked.resolved_ms >= 0)[ticket] & (last[ticket] <= told)
    rows = {
        "day": told,
        "ticket_id": asked.ticket_id[ticket],
        "contact_id": contact[ticket],
        "opened_ms": asked.opened_ms[ticket],
        "resolved_ms": _some(asked.resolved_ms[ticket], is_told),
        "channel": _named(support.CHANNELS, asked.channel[ticket]),
        "topic": _named(support.TOPICS, asked.topic[ticket]),
        "satisfaction": _some(asked.satisfaction[ticket], is_told & (asked.satisfaction[ticket] > 0)),
    }
    return pa.table(rows).take(pa.array(np.argsort(told, kind="stable")))


def _some(values: np.ndarray, is_there: np.ndarray) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, mask=~is_there)


def _named(names: tuple[str | None, ...], number: np.ndarray) -> pa.Array:
    """The name of each number; -1 is the last one."""
    import numpy as np
    import pyarrow as pa

    return pa.array(names, pa.string()).take(pa.array(np.where(number < 0, len(names) - 1, number)))
