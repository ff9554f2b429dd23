"""The only source of now, and the arithmetic of business days.

All instants are naive ``datetime`` in UTC with microseconds, as they stand in every table.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """The instant at which this is called. For receipts and logs; never for a number about a customer."""
    return datetime.now(UTC).replace(tzinfo=None)


def business_day_start(day: date, zone: str) -> datetime:
    """The first instant of ``day`` in the IANA ``zone``, as naive UTC."""
    local = datetime.combine(day, time.min, tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def as_of(business_date: date, zone: str) -> datetime:
    """The instant for which the night of ``business_date`` speaks: the start of the next business day."""
    return business_day_start(business_date + timedelta(days=1), zone)
