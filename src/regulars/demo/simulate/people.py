"""Who the people really are: when they join and leave, how often they come, what they like, what moves them.

People with a CRM record have the lowest numbers, guests without one the next, bots the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.demo.simulate.catalogue import CAMPAIGNS, CATEGORIES
from regulars.demo.simulate.shop import HORIZON_DAYS, Calendar, Shop

if TYPE_CHECKING:
    import numpy as np

VISITS_A_CUSTOMER = 18.0
"""Over both years, on average; a visit has five or six events, and about one in four ends in an order."""

GUESTS_A_CUSTOMER, BOTS_A_CUSTOMER, FEWEST_BOTS = 0.06, 1 / 20_000, 2
CONTACTED_SHARE = 0.85
"""Of those who agreed to e-mail; the others are left out of a campaign, so that its effect can be measured."""

FIRST_BOT_DAY, BOT_EVERY_DAYS = 2, 61
"""The first bot comes early, so that the smallest shop has one; each other bot comes three days later."""

COUNTRIES = ("DE", "AT", "CH")
DEVICES = ("desktop", "mobile", "tablet", "app")


@dataclass(frozen=True)
class People:
    """One array element a person. Days are numbers of the calendar and may lie before the first or after the last."""

    customers: int
    bots: int
    joined_day: np.ndarray
    churned_day: np.ndarray
    visits_a_day: np.ndarray
    """Before season and campaigns, while the person has joined and not churned."""
    order_rate: np.ndarray
    """Chance that a checkout becomes an order."""
    spend_level: np.ndarray
    """1 chooses any price alike; higher ones prefer dear products."""
    category: np.ndarray
    payment: np.ndarray
    campaign_uplift: np.ndarray
    """Share by which a campaign raises the visits of its days."""
    agrees_to_email: np.ndarray
    is_contacted: np.ndarray
    """Persons by campaigns."""
    is_test: np.ndarray
    country: np.ndarray

    @property
    def count(self) -> int:
        """Everybody but the bots."""
        return len(self.joined_day)

    @property
    def guests(self) -> int:
        return self.count - self.customers


def people(shop: Shop, calendar: Calendar) -> People:
    """Everybody who ever comes to ``shop``."""
    import numpy as np

    random, customers = shop.random("people"), shop.customers
    count = customers + max(1, round(customers * GUESTS_A_CUSTOMER))
    is_old = random.random(count) < 0.7
    joined = np.where(is_old, -random.integers(1, HORIZON_DAYS, count), random.integers(0, HORIZON_DAYS, count))
    lifetime = random.exponential(900 * random.gamma(2.0, 0.5, count)) + 1
    churned = joined + lifetime.astype("int64") + 1
    agrees = random.random(count) < 0.7
    contacted = (random.random((count, len(CAMPAIGNS))) < CONTACTED_SHARE) & agrees[:, None]
    contacted[customers:] = False
    is_test = np.zeros(count, bool)
    is_test[: max(1, customers // 500)] = True
    return People(
        customers=customers,
        bots=max(FEWEST_BOTS, round(customers * BOTS_A_CUSTOMER)),
        joined_day=joined,
        churned_day=churned,
        visits_a_day=_visits_a_day(random.gamma(1.3, 1.0, count), joined, churned, calendar, customers),
        order_rate=random.beta(5, 1.5, count),
        spend_level=np.exp(random.normal(0, 0.5, count)),
        category=random.integers(0, len(CATEGORIES), count),
        payment=random.choice(4, count, p=[0.4, 0.35, 0.2, 0.05]),
        campaign_uplift=random.gamma(1.0, 0.6, count) * (random.random(count) < 0.6),
        agrees_to_email=agrees,
        is_contacted=contacted,
        is_test=is_test,
        country=random.choice(3, count, p=[0.86, 0.09, 0.05]),
    )


def _visits_a_day(
    level: np.ndarray, joined: np.ndarray, churned: np.ndarray, calendar: Calendar, customers: int
) -> np.ndarray:
    """Rates in the proportion of ``level`` that give the wanted number of visits over both years."""
    import numpy as np

    season = np.concatenate([[0.0], np.cumsum(calendar.seasons())])
    alive = season[churned.clip(0, HORIZON_DAYS)] - season[joined.clip(0, HORIZON_DAYS)]
    return level * VISITS_A_CUSTOMER * customers / max(float((level * alive).sum()), 1.0)


@dataclass(frozen=True)
class Visitors:
    """The browsers people come with: two a person, then one a bot. A person does not share a browser."""

    anonymous_id: list[str]
    device: np.ndarray


def visitors(shop: Shop, crowd: People) -> Visitors:
    """Browser ``2 * person`` is the usual one, ``2 * person + 1`` the other; bots come after all of them."""
    import numpy as np

    random = shop.random("visitors")
    count = 2 * crowd.count + crowd.bots
    digits = random.bytes(8 * count).hex()
    device = random.choice(len(DEVICES), count, p=[0.38, 0.48, 0.06, 0.08])
    device[2 * crowd.count :] = 0
    return Visitors([digits[16 * number : 16 * number + 16] for number in range(count)], np.asarray(device))
