"""A visit as far as it has come: features that grow event by event, the same as int_moments__visits_followed counts.

Pure, for whoever follows a stream; a test replays visits and compares them with the SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class VisitEvent:
    """One thing a visitor did, by the names of the Segment Spec. ``amount`` is price times quantity."""

    at: datetime
    type: str
    name: str | None = None
    product_id: int | None = None
    amount: Decimal | None = None
    user_id: int | None = None
    campaign: str | None = None
    device_type: str | None = None


@dataclass(frozen=True)
class VisitSoFar:
    """What is known of a visit after its latest event.

    ``visits_90d`` and ``visits_ordering_90d`` are what the visitor did in the 90 days before it began.
    """

    visits_90d: int
    visits_ordering_90d: int
    first: VisitEvent | None = None
    latest_at: datetime | None = None
    cart_filled_at: datetime | None = None
    seconds_since_event: int = 0
    events: int = 0
    page_views: int = 0
    searches: int = 0
    product_views: int = 0
    products: frozenset[int | None] = frozenset()
    cart_additions: int = 0
    cart_value: Decimal = Decimal(0)
    events_with_cart: int = 0
    is_at_checkout: bool = False
    is_known: bool = False
    is_ordered: bool = False

    def after(self, event: VisitEvent) -> VisitSoFar:
        """The visit once ``event`` has happened, too. Events come in the order of their time."""
        is_view, is_addition = event.name == "Product Viewed", event.name == "Product Added"
        return replace(
            self,
            first=self.first or event,
            latest_at=event.at,
            seconds_since_event=_whole_seconds(self.latest_at, event.at),
            events=self.events + 1,
            page_views=self.page_views + (event.type == "page"),
            searches=self.searches + (event.name == "Products Searched"),
            product_views=self.product_views + is_view,
            products=self.products | {event.product_id} if is_view else self.products,
            cart_additions=self.cart_additions + is_addition,
            cart_value=self.cart_value + (event.amount or 0) if is_addition else self.cart_value,
            cart_filled_at=self.cart_filled_at or (event.at if is_addition else None),
            events_with_cart=self.events_with_cart + (is_addition or self.cart_filled_at is not None),
            is_at_checkout=self.is_at_checkout or event.name == "Checkout Started",
            is_known=self.is_known or event.user_id is not None,
            is_ordered=self.is_ordered or event.name == "Order Completed",
        )

    def features(self) -> dict[str, float | Decimal]:
        """What ``ml.scoring.intent.score`` takes. Of a visit with an order nothing is left to foretell."""
        is_cart_filled = self.cart_filled_at is not None
        return {
            "events": self.events,
            "page_views": self.page_views,
            "searches": self.searches,
            "product_views": self.product_views,
            "products_viewed": len(self.products),
            "cart_additions": self.cart_additions,
            "cart_value": self.cart_value,
            "funnel_step": 3 if self.is_at_checkout else 2 if is_cart_filled else 1 if self.product_views else 0,
            "is_cart_filled": is_cart_filled,
            "is_at_checkout": self.is_at_checkout,
            "events_with_cart": self.events_with_cart,
            "seconds_with_cart": _whole_seconds(self.cart_filled_at, self.latest_at),
            "is_known": self.is_known,
            "seconds_since_start": _whole_seconds(self.first.at if self.first else None, self.latest_at),
            "seconds_since_event": self.seconds_since_event,
            "is_from_campaign": bool(self.first and self.first.campaign is not None),
            "is_mobile": bool(self.first and self.first.device_type == "mobile"),
            "visits_90d": self.visits_90d,
            "visits_ordering_90d": self.visits_ordering_90d,
            "visits_ordering_with_cart_90d": self.visits_ordering_90d if is_cart_filled else 0,
        }


def _whole_seconds(earlier: datetime | None, later: datetime | None) -> int:
    if earlier is None or later is None:
        return 0
    passed = later - earlier
    return passed.days * 86_400 + passed.seconds
