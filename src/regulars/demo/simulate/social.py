"""What is said of the shop on social networks: by people who linked their account, by others, and by strangers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.demo.simulate.catalogue import CATEGORIES
from regulars.demo.simulate.people import People
from regulars.demo.simulate.shop import BLOCK_DAYS, HORIZON_DAYS, HOUR_MS, MINUTE_MS, Calendar, Shop
from regulars.demo.simulate.support import DAYS_BEFORE_CHURN
from regulars.demo.simulate.visits import drawn

if TYPE_CHECKING:
    import numpy as np

NETWORKS = ("circle", "square", "stream")
KINDS = ("reaction", "comment", "mention", "post", "review")
REACTION_SHARE = 0.5

GOOD = (
    ("en", "Love the new arrivals! Great quality and fast delivery :)"),
    ("en", "The best shop for gifts and so friendly"),
    ("en-GB", "Really happy with my order. Thank you!"),
    ("de", "Tolle Auswahl und schnell geliefert"),
)
BAD = (
    ("en", "Very disappointed. My parcel arrived broken and nobody answers. The support of this shop is terrible"),
    ("en", "Not good at all: late again and nobody cares :("),
    ("en-GB", "What a horrible experience. I hate waiting three weeks"),
    ("de", "Leider wieder zu spät und beschädigt"),
)
PLAIN = (
    ("en", "Ordered on Monday and here it is"),
    ("de", "Gestern bestellt"),
    ("de", "Wann kommt die neue Sammlung?"),
    (None, "👀"),
)
TEXTS = (*GOOD, *BAD, *PLAIN)
"""What is written, with its language; good, bad and plain ones are equally many."""

ENGAGEMENTS_A_DAY = 1 / 60
"""Of a person who has joined and not churned, and is on a network."""

ON_NETWORK_SHARE, LINKED_SHARE = 0.5, 0.6
"""Of people; and of those on a network who linked their account to the shop's."""

STRANGERS_A_CUSTOMER = 0.05


@dataclass(frozen=True)
class Engagements:
    """Engagements of one block, by day. ``person`` means nothing unless ``is_linked``; -1: no topic, or no text."""

    number: np.ndarray
    person: np.ndarray
    is_linked: np.ndarray
    handle: np.ndarray
    happened_ms: np.ndarray
    network: np.ndarray
    kind: np.ndarray
    topic: np.ndarray
    text: np.ndarray


def engagements(shop: Shop, calendar: Calendar, crowd: People, block: int) -> Engagements:
    """What is said in ``block``."""
    import numpy as np

    is_on_network, has_linked = _accounts(shop, crowd)
    strangers = max(1, round(crowd.customers * STRANGERS_A_CUSTOMER))
    random, found = shop.random("engagements", block), []
    joined, churned = crowd.joined_day[: crowd.customers], crowd.churned_day[: crowd.customers]
    for day in range(block * BLOCK_DAYS, min((block + 1) * BLOCK_DAYS, HORIZON_DAYS)):
        is_there = is_on_network & (joined <= day) & (day < churned)
        who = drawn(random, ENGAGEMENTS_A_DAY * np.concatenate([is_there, np.ones(strangers, bool)]))
        found.append((np.full(len(who), day), who, (day + 1) * 1_000_000 + np.arange(len(who))))
    days, handle, number = (np.concatenate(parts) for parts in zip(*found, strict=True))
    count, is_stranger = len(days), handle >= crowd.customers
    person = np.where(is_stranger, 0, handle)
    kind = np.where(random.random(count) < REACTION_SHARE, 0, random.integers(1, len(KINDS), count))
    is_on_topic = random.random(count) < 0.7
    liked = np.where(random.random(count) < 0.6, crowd.category[person], random.integers(0, len(CATEGORIES), count))
    return Engagements(
        number=number,
        person=person,
        is_linked=has_linked[person] & ~is_stranger,
        handle=handle,
        happened_ms=calendar.start(days) + 8 * HOUR_MS + random.integers(0, 12 * 60, count) * MINUTE_MS,
        network=handle % len(NETWORKS),
        kind=kind,
        topic=np.where(is_on_topic, liked, -1),
        text=np.where(kind > 0, _texts(random, churned[person] - days <= DAYS_BEFORE_CHURN), -1),
    )


def _accounts(shop: Shop, crowd: People) -> tuple[np.ndarray, np.ndarray]:
    """Who is on a network at all, and who of them linked the account."""
    random = shop.random("social accounts")
    is_on_network = random.random(crowd.customers) < ON_NETWORK_SHARE
    return is_on_network, is_on_network & (random.random(crowd.customers) < LINKED_SHARE)


def _texts(random: np.random.Generator, is_leaving: np.ndarray) -> np.ndarray:
    """Those about to leave mostly complain; others are mostly content."""
    import numpy as np

    count, each = len(is_leaving), len(GOOD)
    mood, drawn_at = random.random(count), np.where(is_leaving, 0.15, 0.6)
    tone = np.where(mood < drawn_at, 0, np.where(mood < drawn_at + np.where(is_leaving, 0.6, 0.15), 1, 2))
    return tone * each + random.integers(0, each, count)
