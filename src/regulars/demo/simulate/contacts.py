"""What the CRM believes: a record a person, two for some, with slips, spellings and gaps; and how records change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regulars.demo.simulate import spelling
from regulars.demo.simulate.catalogue import CATEGORIES
from regulars.demo.simulate.people import People
from regulars.demo.simulate.shop import DAY_MS, HORIZON_DAYS, HOUR_MS, Calendar, Shop

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

TWICE_SHARE = 0.08
"""Of people have two records."""

FIRST_CONTACT_ID = 100_001
NEVER_MS = 2**60

_CHANNELS = ("email", "email", "sms", "post", "")


@dataclass(frozen=True)
class Records:
    """Of each record, by contact number."""

    person: np.ndarray
    is_second: np.ndarray
    created_ms: np.ndarray
    moved_ms: np.ndarray
    """When a new address became known; NEVER_MS: never. ``decided_ms``: when a consent was changed, likewise."""
    decided_ms: np.ndarray

    def of_person(self, *, second: bool) -> np.ndarray:
        """The first or the second record of each person with one; -1 where there is none."""
        import numpy as np

        found, mine = np.full(self.person.max() + 1, -1), self.is_second == second
        found[self.person[mine]] = np.flatnonzero(mine)
        return found


def records(shop: Shop, calendar: Calendar, crowd: People) -> Records:
    """A record is made in the small hours of the day its person joins, a second one up to a year after."""
    import numpy as np

    random = shop.random("records")
    everybody = np.arange(crowd.customers)
    again = everybody[random.random(crowd.customers) < TWICE_SHARE]
    person = np.concatenate([everybody, again])
    is_second = np.arange(len(person)) >= crowd.customers
    joined = crowd.joined_day[person] + np.where(is_second, random.integers(1, 366, len(person)), 0)
    joined = joined.clip(None, HORIZON_DAYS - 1)
    created = calendar.start(joined) + random.integers(0, 5 * HOUR_MS, len(person)) // 1000 * 1000
    begin = np.maximum(created, calendar.start(np.array(0))) + DAY_MS
    left = (calendar.start(np.array(HORIZON_DAYS)) - begin).clip(0)

    def sometime(share: float) -> np.ndarray:
        when = begin + (random.random(len(person)) * left).astype("int64") // 1000 * 1000
        return np.where((random.random(len(person)) < share) & (left > 0), when, NEVER_MS)

    moved, decided = sometime(0.3), sometime(0.2)
    sequence = np.lexsort((is_second, person, created))
    return Records(person[sequence], is_second[sequence], created[sequence], moved[sequence], decided[sequence])


def mail_addresses(shop: Shop, crowd: People) -> list[str]:
    """How each person, guests too, is reached."""
    names = _names(shop, crowd)
    hosts = shop.random("mail").integers(0, len(spelling.MAIL_HOSTS), crowd.count).tolist()
    return [
        spelling.mail_address(first, last, number, host)
        for number, ((first, last), host) in enumerate(zip(names, hosts, strict=True), start=1)
    ]


def _names(shop: Shop, crowd: People) -> list[tuple[str, str]]:
    random = shop.random("names")
    first = random.integers(0, len(spelling.FIRST_NAMES), crowd.count).tolist()
    last = random.integers(0, len(spelling.LAST_NAMES), crowd.count).tolist()
    return [(spelling.FIRST_NAMES[one], spelling.LAST_NAMES[two]) for one, two in zip(first, last, strict=True)]


def versions(shop: Shop, calendar: Calendar, crowd: People, kept: Records) -> pa.Table:
    """Each record as it was made and after each change, by ``day`` of delivery, time and contact.

    Columns are those of the extract, times as milliseconds in ``*_ms``. What the CRM knew before the first day is
    delivered on it.
    """
    import numpy as np
    import pyarrow as pa

    when = np.concatenate([kept.created_ms, kept.moved_ms, kept.decided_ms])
    record = np.tile(np.arange(len(kept.person)), 3)
    record, when = record[when < NEVER_MS], when[when < NEVER_MS]
    day = calendar.number_of(when).clip(0)
    sequence = np.lexsort((record, when, day))
    record, when, day = record[sequence], when[sequence], day[sequence]
    is_moved, is_decided = when >= kept.moved_ms[record], when >= kept.decided_ms[record]
    times = {
        "day": day,
        "contact_id": FIRST_CONTACT_ID + record,
        "created_ms": kept.created_ms[record],
        "updated_ms": when,
        "consent_ms": np.where(is_decided, kept.decided_ms[record], kept.created_ms[record]),
    }
    columns = {name: pa.array(values) for name, values in times.items()}
    for name, texts in _written_down(shop, crowd, kept).items():
        columns[name] = pa.array(texts).take(pa.array(record))
    for name, (before, after) in addresses(shop, crowd, kept).items():
        columns[name] = pa.array(before + after).take(pa.array(record + is_moved * len(before)))
    for name, (before, after) in _consents(shop, crowd, kept).items():
        columns[name] = pa.array(before + after).take(pa.array(record + is_decided * len(before)))
    return pa.table(columns)


def _written_down(shop: Shop, crowd: People, kept: Records) -> dict[str, list[Any]]:
    """What stays the same in a record; a second record is written down less carefully."""
    random, count = shop.random("records written down"), len(kept.person)
    slip, gap = random.random((4, count)).tolist(), random.random((4, count)).tolist()
    style, spelt = random.integers(0, 3, count).tolist(), random.integers(0, 6, count).tolist()
    channel = random.integers(0, len(_CHANNELS), count).tolist()
    born = (1940 + 66 * shop.random("births").beta(2, 2, crowd.count)).astype("int64").tolist()
    names, mail = _names(shop, crowd), mail_addresses(shop, crowd)
    people, second = kept.person.tolist(), kept.is_second.tolist()
    country, test, category = crowd.country.tolist(), crowd.is_test.tolist(), crowd.category.tolist()

    def carelessly(text: str, number: int, kind: int) -> str:
        return spelling.misspelt(text, slip[kind][number] * 2) if second[number] and slip[kind][number] < 0.5 else text

    def mail_of(number: int, person: int) -> str:
        if test[person]:
            return "test@example.com"
        return "" if gap[0][number] < 0.03 else carelessly(mail[person], number, 2)

    def loyalty_of(number: int, person: int) -> str:
        return f"L{person + 1:08}" if gap[2][number] < (0.3 if second[number] else 0.6) else ""

    rows = list(enumerate(people))
    return {
        "email": [mail_of(*row) for row in rows],
        "phone": [
            "" if gap[1][number] < 0.25 else spelling.phone(country[person], person, style[number])
            for number, person in rows
        ],
        "first_name": [carelessly(names[person][0], number, 0) for number, person in rows],
        "last_name": [carelessly(names[person][1], number, 1) for number, person in rows],
        "country": [spelling.COUNTRY_SPELLINGS[country[person]][spelt[number]] for number, person in rows],
        "birth_year": ["" if gap[3][number] < 0.15 else str(born[person]) for number, person in rows],
        "loyalty_number": [loyalty_of(*row) for row in rows],
        "preferred_channel": [_CHANNELS[one] for one in channel],
        "preferred_category": [CATEGORIES[category[person]] if gap[2][number] < 0.7 else "" for number, person in rows],
        "is_test": ["yes" if test[person] else "no" for _, person in rows],
    }


def addresses(shop: Shop, crowd: People, kept: Records) -> dict[str, tuple[list[str], list[str]]]:
    """Street, postcode and city of each record before and after it moved. Both records of a person move apart."""
    country = crowd.country[kept.person].tolist()
    drawn = shop.random("addresses").integers(0, 2**40, (2, crowd.customers))[:, kept.person].tolist()
    before, after = (list(map(spelling.address, country, numbers)) for numbers in drawn)
    fields = ("street", "postcode", "city")
    return {name: ([row[place] for row in before], [row[place] for row in after]) for place, name in enumerate(fields)}


def _consents(shop: Shop, crowd: People, kept: Records) -> dict[str, tuple[list[str], list[str]]]:
    """Each consent of each record before and after it was changed: the opposite then, or a first answer."""
    random, count = shop.random("consents"), len(kept.person)
    agrees = {
        "email_consent": crowd.agrees_to_email[kept.person],
        "sms_consent": random.random(count) < 0.3,
        "profiling_consent": random.random(count) < 0.8,
    }
    told = {}
    for name, yes in agrees.items():
        is_asked = random.random(count) < 0.9
        before = [("yes" if one else "no") if asked else "" for one, asked in zip(yes, is_asked, strict=True)]
        told[name] = (before, ["no" if one == "yes" else "yes" for one in before])
    return told
