"""What the shop buys: attributes of persons by hashed identifier, and of postcodes; twice a year, as CSV."""

from __future__ import annotations

import hashlib
import random
from datetime import timedelta
from typing import TYPE_CHECKING

from regulars.demo.simulate import spelling
from regulars.demo.simulate.contacts import addresses
from regulars.demo.simulate.people import COUNTRIES

if TYPE_CHECKING:
    from regulars.demo.simulate.blocks import Plan

EVERY_DAYS, AGE_DAYS = 182, 40
"""How often it is delivered, and how old it is then."""

KNOWN_SHARE, STRANGERS_SHARE, AREA_SHARE = 0.5, 0.25, 0.8
"""Of customers whom the provider knows; rows of strangers for each customer; postcodes it says something of."""

INCOMES = ("under 25k", "25k-50k", "50k-75k", "75k and more")
_SIZES, _HOMES = ("1", "2", "3", "4", "5+"), ("owner", "renter")
_INDUSTRIES = ("education", "health", "manufacturing", "public service", "retail", "software", "")


def consumer_file(plan: Plan, number: int) -> bytes:
    """Persons by the hash of their address or number, some of whom the shop does not know."""
    crowd, drawn = plan.crowd, _drawn(plan, "bought persons", number)
    data_date = plan.calendar.day(number) - timedelta(days=AGE_DAYS)
    lines = [
        "record_id,data_date,email_sha256,phone_sha256,income_band,household_size,home_ownership,employer_industry"
    ]
    country = crowd.country.tolist()
    known = _drawn(plan, "persons a provider knows", 0)
    for person in range(round(crowd.customers * (1 + STRANGERS_SHARE))):
        is_stranger = person >= crowd.customers
        # The same persons are known in each delivery; what is said of them may have changed.
        if known.random() >= KNOWN_SHARE and not is_stranger:
            continue
        mail = f"nobody{person}@example.com" if is_stranger else plan.mail[person].lower()
        phone = "" if is_stranger else spelling.phone(country[person], person, 0)
        has_mail = drawn.random() < 0.7
        told = [drawn.choice(words) for words in (INCOMES, _SIZES, _HOMES, _INDUSTRIES)]
        hashes = [_sha256(mail) if has_mail else "", _sha256(phone) if phone and (not has_mail or person % 2) else ""]
        lines.append(",".join([f"r{person:07}", f"{data_date}", *hashes, *told]))
    return "\n".join([*lines, ""]).encode()


def area_file(plan: Plan, number: int) -> bytes:
    """Postcodes in which somebody lives, and how much their households mostly earn."""
    codes = addresses(plan.shop, plan.crowd, plan.kept)["postcode"][0]
    country = plan.crowd.country[plan.kept.person].tolist()
    places = sorted({(COUNTRIES[one], code) for one, code in zip(country, codes, strict=True)})
    drawn = _drawn(plan, "bought areas", 0)
    data_date = plan.calendar.day(number) - timedelta(days=AGE_DAYS)
    lines = [
        f"{land},{code},{data_date},{drawn.choice(INCOMES)}" for land, code in places if drawn.random() < AREA_SHARE
    ]
    return "\n".join(["country,postcode,data_date,income_band", *lines, ""]).encode()


def _drawn(plan: Plan, stream: str, number: int) -> random.Random:
    return random.Random(f"{plan.shop.seed} {stream} {number}")  # noqa: S311 - a simulation


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
