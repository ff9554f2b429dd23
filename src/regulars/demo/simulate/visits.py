"""Visits, and what is done in each: from the first page over products and the cart to the order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.demo.simulate.catalogue import CAMPAIGN_DAYS, CAMPAIGN_STARTS, Catalogue
from regulars.demo.simulate.people import BOT_EVERY_DAYS, FIRST_BOT_DAY, People
from regulars.demo.simulate.shop import BLOCK_DAYS, HORIZON_DAYS, HOUR_MS, Calendar, Shop

if TYPE_CHECKING:
    import numpy as np

PAGE, SEARCH, VIEW, ADD, IDENTIFY, CHECKOUT, ORDER = range(7)
"""What a step of a visit is."""

LONGEST_PAUSE_MS = 20 * 60_000
"""Shorter than the 30 minutes without an event that end a session, so a visit is one session."""

_FIRST_HOUR = 6
_HOUR_WEIGHTS = (1, 2, 3, 4, 5, 5, 6, 6, 5, 5, 5, 6, 7, 8, 9, 8, 5)
"""From 6 to 23 o'clock: a visit begins in the day it is counted to, and no person has two at once."""


@dataclass(frozen=True)
class Visits:
    """The visits that begin in one block of days, by day and person; bots have persons of their own number."""

    number: np.ndarray
    """Of the visit: unique, and told apart from those of every other block."""
    day: np.ndarray
    person: np.ndarray
    visitor: np.ndarray
    campaign: np.ndarray
    """-1: not by a campaign."""
    begins_ms: np.ndarray
    pages: np.ndarray
    is_search: np.ndarray
    views: np.ndarray
    adds: np.ndarray
    is_known: np.ndarray
    """Logged in from the first page on."""
    is_checkout: np.ndarray
    is_order: np.ndarray
    is_guest: np.ndarray
    """If it orders, then without a login."""


@dataclass(frozen=True)
class Steps:
    """What is done in visits, by visit and time. ``product`` is -1 where a step has none."""

    visit: np.ndarray
    kind: np.ndarray
    product: np.ndarray
    happened_ms: np.ndarray
    place: np.ndarray
    """In its visit, from 0."""


def visits(shop: Shop, calendar: Calendar, crowd: People, block: int) -> Visits:
    """Who comes in ``block``, and how far each visit gets."""
    import numpy as np

    random = shop.random("visits", block)
    day, person, campaign = _who_comes(random, calendar, crowd, block)
    count, is_bot = len(day), person >= crowd.count
    known = np.where(is_bot, 0, person)
    hours = random.choice(len(_HOUR_WEIGHTS), count, p=np.array(_HOUR_WEIGHTS) / sum(_HOUR_WEIGHTS)) + _FIRST_HOUR
    has_cart = ~is_bot & (random.random(count) < 0.48)
    views = np.where(is_bot, 0, random.geometric(0.42, count).clip(1, 30) - (random.random(count) < 0.3))
    adds = np.where(has_cart, np.minimum(1 + random.poisson(0.9, count), np.maximum(views, 1)), 0)
    is_checkout = has_cart & (random.random(count) < 0.8)
    is_guest = (person >= crowd.customers) | (random.random(count) < 0.05)
    return Visits(
        number=_numbers(day),
        day=day,
        person=person,
        visitor=np.where(is_bot, person + crowd.count, 2 * person + (random.random(count) < 0.3)),
        campaign=campaign,
        begins_ms=calendar.start(day) + hours * HOUR_MS + random.integers(0, HOUR_MS, count),
        pages=np.where(is_bot, random.integers(1200, 3000, count), 1 + random.poisson(0.7, count)),
        is_search=~is_bot & (random.random(count) < 0.2),
        views=np.maximum(views, adds),
        adds=adds,
        is_known=~is_guest & (random.random(count) < 0.6),
        is_checkout=is_checkout,
        is_order=is_checkout & (random.random(count) < crowd.order_rate[known]),
        is_guest=is_guest,
    )


def drawn(random: np.random.Generator, rates: np.ndarray) -> np.ndarray:
    """Who does something on a day, at most once each, when they do it ``rates`` times a day; sorted."""
    import numpy as np

    reached = np.cumsum(rates)
    times = random.poisson(reached[-1])
    return np.unique(reached.searchsorted(random.random(times) * reached[-1], side="right").clip(0, len(rates) - 1))


def _who_comes(
    random: np.random.Generator, calendar: Calendar, crowd: People, block: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Day, person and campaign of each visit."""
    import numpy as np

    seasons, found = calendar.seasons(), []
    for day in range(block * BLOCK_DAYS, min((block + 1) * BLOCK_DAYS, HORIZON_DAYS)):
        rates = crowd.visits_a_day * seasons[day] * ((crowd.joined_day <= day) & (day < crowd.churned_day))
        running = (day - CAMPAIGN_STARTS.start) // CAMPAIGN_STARTS.step
        uplift = np.zeros(crowd.count)
        if day - CAMPAIGN_STARTS.start >= 0 and (day - CAMPAIGN_STARTS.start) % CAMPAIGN_STARTS.step < CAMPAIGN_DAYS:
            uplift = crowd.campaign_uplift * crowd.is_contacted[:, running]
        came = drawn(random, rates * (1 + uplift))
        is_moved = random.random(len(came)) < (uplift / (1 + uplift))[came]
        bots = [bot for bot in range(crowd.bots) if (day - FIRST_BOT_DAY - 3 * bot) % BOT_EVERY_DAYS == 0]
        person = np.concatenate([came, np.array(bots, "int64") + crowd.count])
        campaign = np.concatenate([np.where(is_moved, running, -1), np.full(len(bots), -1)])
        found.append((np.full(len(person), day), person, campaign))
    days, persons, campaigns = (np.concatenate(parts).astype("int64") for parts in zip(*found, strict=True))
    return days, persons, campaigns


def _numbers(day: np.ndarray) -> np.ndarray:
    import numpy as np

    first_of_day = day.searchsorted(day, side="left")
    return (day + 1) * 1_000_000 + np.arange(len(day)) - first_of_day


def steps(shop: Shop, crowd: People, products: Catalogue, came: Visits, block: int) -> Steps:
    """What is done in the visits of ``block``, in order."""
    import numpy as np

    random = shop.random("steps", block)
    every = np.arange(len(came.day))
    viewed, view_place = spread(came.views)
    looked_at = _products(random, crowd, products, came.person[viewed])
    added, add_place = spread(came.adds)
    first_view = np.cumsum(came.views) - came.views
    paged, page_place = spread(came.pages)
    at_checkout = came.is_checkout & ~came.is_known & ~came.is_guest
    parts = [
        (paged, PAGE, np.where(page_place > 0, page_place * 100 + 50, 0), None),
        (every[came.is_search], SEARCH, np.array(5), None),
        (viewed, VIEW, view_place * 100 + 100, looked_at),
        (added, ADD, add_place * 100 + 110, looked_at[first_view[added] + add_place]),
        (every[at_checkout], IDENTIFY, np.array(8_990), None),
        (every[came.is_checkout], CHECKOUT, np.array(9_000), None),
        (every[came.is_order], ORDER, np.array(9_100), None),
    ]
    visit = np.concatenate([part[0] for part in parts])
    kind = np.concatenate([np.full(len(part[0]), part[1]) for part in parts])
    place = np.concatenate([np.broadcast_to(part[2], len(part[0])) for part in parts])
    product = np.concatenate([np.full(len(part[0]), -1) if part[3] is None else part[3] for part in parts])
    sequence = np.argsort(visit * 1_000_000 + place, kind="stable")
    visit = visit[sequence]
    first = visit.searchsorted(visit, side="left")
    pause = (random.exponential(38_000, len(visit)) + 3_000).clip(0, LONGEST_PAUSE_MS).astype("int64")
    pause = np.where(came.person[visit] >= crowd.count, 700 + pause % 800, pause)
    since = np.cumsum(pause)
    happened = came.begins_ms[visit] + since - since[first]
    return Steps(visit, kind[sequence], product[sequence], happened, np.arange(len(visit)) - first)


def spread(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For so many of each element: the element's index, and the place among its own, from 0."""
    import numpy as np

    index = np.repeat(np.arange(len(counts)), counts)
    return index, np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)


def _products(random: np.random.Generator, crowd: People, products: Catalogue, person: np.ndarray) -> np.ndarray:
    import numpy as np

    liked = crowd.category[person]
    other = random.choice(len(products.weight), len(person), p=products.weight)
    category = np.where(random.random(len(person)) < 0.5, liked, other)
    return products.pick(category, crowd.spend_level[person], random.random(len(person)))
