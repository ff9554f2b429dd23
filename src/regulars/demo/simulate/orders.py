"""Orders, their lines, and what becomes of them later: cancellations and refunds. Amounts are in cents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.demo.simulate.catalogue import Catalogue
from regulars.demo.simulate.people import People
from regulars.demo.simulate.shop import BLOCK_DAYS, DAY_MS, HOUR_MS, MINUTE_MS, Shop
from regulars.demo.simulate.visits import ADD, ORDER, Steps, Visits

if TYPE_CHECKING:
    import numpy as np

PAYMENTS = ("card", "paypal", "invoice", "gift_card")
STATUSES = COMPLETED, CANCELLED, TEST = ("completed", "cancelled", "test")
REASONS = ("does not fit", "changed mind", "not as described", "damaged", "goodwill")
RETURNED_REASONS = 3
"""With the first reasons the goods come back."""

SHIPPING_CENTS, FREE_SHIPPING_CENTS = 495, 4_900
REFUNDED_SHARE = 0.08
LONGEST_DAYS_TO_REFUND = BLOCK_DAYS - 2


@dataclass(frozen=True)
class Orders:
    """Orders placed in the visits of one block, in the order of the visits."""

    visit: np.ndarray
    order_id: np.ndarray
    ordered_ms: np.ndarray
    payment: np.ndarray
    shipping_cents: np.ndarray
    net_cents: np.ndarray
    """Of the lines, without shipping."""
    is_test: np.ndarray
    cancelled_ms: np.ndarray
    """-1: never."""


@dataclass(frozen=True)
class Lines:
    """Lines of orders by order and number; net = quantity * price - discount."""

    order: np.ndarray
    number: np.ndarray
    product: np.ndarray
    quantity: np.ndarray
    price_cents: np.ndarray
    discount_cents: np.ndarray

    @property
    def net_cents(self) -> np.ndarray:
        return self.quantity * self.price_cents - self.discount_cents


@dataclass(frozen=True)
class Refunds:
    """At most one refund an order; line number -1: of the whole order."""

    order: np.ndarray
    line_number: np.ndarray
    cents: np.ndarray
    reason: np.ndarray
    refunded_ms: np.ndarray


def orders(
    shop: Shop, crowd: People, products: Catalogue, came: Visits, done: Steps, quantity: np.ndarray, block: int
) -> tuple[Orders, Lines]:
    """The orders of a block. ``quantity`` is that of each step that puts a product into the cart."""
    import numpy as np

    random = shop.random("orders", block)
    last = np.flatnonzero(done.kind == ORDER)
    visit = done.visit[last]
    lines = _lines(random, products, came, done, quantity, visit)
    net = np.add.reduceat(lines.net_cents, np.flatnonzero(lines.number == 1)) if len(visit) else np.zeros(0, "int64")
    person, ordered = came.person[visit], done.happened_ms[last]
    is_test = crowd.is_test[person]
    is_cancelled = (random.random(len(visit)) < shop.cancelled_share) & ~is_test
    usual = random.random(len(visit)) < 0.85
    placed = Orders(
        visit=visit,
        order_id=came.number[visit],
        ordered_ms=ordered,
        payment=np.where(usual, crowd.payment[person], random.integers(0, len(PAYMENTS), len(visit))),
        shipping_cents=np.where(net < FREE_SHIPPING_CENTS, SHIPPING_CENTS, 0),
        net_cents=net,
        is_test=is_test,
        cancelled_ms=np.where(is_cancelled, ordered + random.integers(2 * HOUR_MS, 3 * DAY_MS, len(visit)), -1),
    )
    return placed, lines


def quantities(shop: Shop, done: Steps, block: int) -> np.ndarray:
    """How many pieces each step puts into the cart; 1 also where it puts nothing."""
    drawn = shop.random("quantities", block).random(len(done.kind))
    return 1 + (drawn < 0.15) + (drawn < 0.03)


def _lines(
    random: np.random.Generator, products: Catalogue, came: Visits, done: Steps, quantity: np.ndarray, visit: np.ndarray
) -> Lines:
    import numpy as np

    order_of_visit = np.full(len(came.day), -1)
    order_of_visit[visit] = np.arange(len(visit))
    put = np.flatnonzero((done.kind == ADD) & (order_of_visit[done.visit] >= 0))
    order = order_of_visit[done.visit[put]]
    first = order.searchsorted(order, side="left")
    percent = np.where(came.campaign[visit] >= 0, 15, np.where(random.random(len(visit)) < 0.2, 10, 0))
    price = products.price_cents[done.product[put]]
    gross = quantity[put] * price
    return Lines(
        order=order,
        number=np.arange(len(order)) - first + 1,
        product=done.product[put],
        quantity=quantity[put],
        price_cents=price,
        discount_cents=gross * percent[order] // 100,
    )


def refunds(shop: Shop, placed: Orders, lines: Lines, block: int) -> Refunds:
    """What is paid back of the orders of a block; of a cancelled or a test order nothing was ever paid."""
    import numpy as np

    random, count = shop.random("refunds", block), len(placed.visit)
    is_refunded = (random.random(count) < REFUNDED_SHARE) & (placed.cancelled_ms < 0) & ~placed.is_test
    first = np.flatnonzero(lines.number == 1)
    picked = first + (random.random(count) * np.bincount(lines.order, minlength=count)).astype("int64")
    is_whole = random.random(count) < 0.3
    reason = random.integers(0, len(REASONS), count)
    # A damaged line, or goodwill, is paid back by half; what comes back is paid back whole.
    of_line = lines.net_cents[picked]
    of_line = np.where(reason < RETURNED_REASONS, of_line, (of_line + 1) // 2)
    waited = random.integers(2 * DAY_MS, LONGEST_DAYS_TO_REFUND * DAY_MS, count)
    found = np.flatnonzero(is_refunded)
    return Refunds(
        order=found,
        line_number=np.where(is_whole, -1, lines.number[picked])[found],
        cents=np.where(is_whole, placed.net_cents, of_line)[found],
        reason=reason[found],
        refunded_ms=(placed.ordered_ms + waited - waited % MINUTE_MS)[found],
    )
