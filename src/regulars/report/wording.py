"""How figures are written: thousands separators, one unit a column, money with its currency, and rules in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from regulars.report.facts import Row

MISSING = "–"
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_MEASURES = {"r": "last order {} days ago", "f": "{} orders", "m": "net revenue {}"}


def count(value: int | None) -> str:
    """A whole number: 2,469. None is written as a dash, here and below."""
    return MISSING if value is None else f"{value:,}"


def percent(share: float | None, places: int = 1) -> str:
    """A share as a percentage: 37.4 %. What is more than nothing is never written as nothing: < 0.1 %."""
    if share is None:
        return MISSING
    rounded = _rounded(Decimal(str(share)) * 100, places)
    if not rounded and share > 0:
        return f"< {Decimal(1).scaleb(-places)} %"
    return f"{_signed(rounded)} %"


def decimals(value: float | None, places: int = 3) -> str:
    """A plain figure: 0.873."""
    return MISSING if value is None else _signed(_rounded(Decimal(str(value)), places))


def money(amount: Decimal | float | None, currency: str, places: int = 0) -> str:
    """An amount in full: $4,596,040; a currency without a known sign is named: CHF 4,596,040."""
    if amount is None:
        return MISSING
    value = _rounded(Decimal(str(amount)), places)
    sign = _SYMBOLS.get(currency, f"{currency} ")
    return _signed(value, sign)


def short_money(amount: Decimal, currency: str) -> str:
    """An amount to talk about: $4.60 M, and in full below a million."""
    if abs(amount) < 1_000_000:
        return money(amount, currency)
    return f"{money(amount / 1_000_000, currency, 2)} M"


def day(value: date | datetime | None) -> str:
    """A day: 31 December 2017."""
    return MISSING if value is None else f"{value.day} {value:%B %Y}"


def short_day(value: date) -> str:
    """A day where there is little room: 31 Dec 2017."""
    return f"{value.day} {value:%b %Y}"


def instant(value: datetime) -> str:
    """An instant in UTC: 2018-01-01 05:00 UTC."""
    return f"{value:%Y-%m-%d %H:%M} UTC"


def local(value: datetime, zone: str) -> datetime:
    """An instant in UTC as the clock of the business zone showed it."""
    return value.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def freshness(last: date, business_date: date) -> str:
    """How long before the business date the latest delivery was for."""
    before = (business_date - last).days
    return "this night" if before <= 0 else f"{plural(before, 'day')} earlier"


def plural(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 day, 2 days."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def rfm_rule(name: Row, cut_offs: Sequence[Row], night: Row) -> list[str]:
    """The rule of one name of RFM, each part with the cut-off that applied this night; empty means everybody else."""
    parts = [
        _score_rule(measure, low, high, cut_offs, night["currency"])
        for measure in _MEASURES
        if (low := name[f"{measure}_min"] or 1, high := name[f"{measure}_max"] or 5) != (1, 5)
    ]
    if name["first_order_max_days"] is not None:
        parts.append(f"first order at most {plural(name['first_order_max_days'], 'day')} ago")
    if name["is_overdue"] is not None:
        times, days = night["overdue_times_median_gap"], plural(night["overdue_at_least_days"], "day")
        overdue = f"no order for {times} times the usual gap, and for at least {days}"
        parts.append(overdue if name["is_overdue"] else f"not: {overdue}")
    return parts


def cut_off(row: Row, currency: str) -> str:
    """The range of one score of one measure, in words."""
    least, greatest = (_amount(row["measure"], row[end], currency) for end in ("lower_bound", "upper_bound"))
    return _MEASURES[row["measure"]].format(least if least == greatest else f"{least} to {greatest}")


def _score_rule(measure: str, low: int, high: int, cut_offs: Sequence[Row], currency: str) -> str:
    """The best and the worst score have no bound of their own on the far side; a low score of r is a long time."""
    scores = f"{measure.upper()} {low if low == high else f'{low}–{high}'}"
    met = [row for row in cut_offs if row["measure"] == measure and low <= row["score"] <= high]
    if not met:
        return f"{scores}: nobody has this score"
    least = _amount(measure, min(row["lower_bound"] for row in met), currency)
    greatest = _amount(measure, max(row["upper_bound"] for row in met), currency)
    if high == 5:
        words = f"at most {greatest}" if measure == "r" else f"at least {least}"
    elif low == 1:
        words = f"at least {least}" if measure == "r" else f"at most {greatest}"
    else:
        words = f"{least} to {greatest}"
    return f"{scores}: {_MEASURES[measure].format(words)}"


def _amount(measure: str, amount: Decimal, currency: str) -> str:
    return money(amount, currency, 2) if measure == "m" else count(int(amount))


def _signed(value: Decimal, sign: str = "") -> str:
    return f"{'−' if value < 0 else ''}{sign}{abs(value):,}"


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
