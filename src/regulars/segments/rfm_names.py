"""The names of customers by recency, frequency and revenue: `conf/rfm/names.yml`, read and proved complete.

Every combination of scores, overdue or not, newly won or not, has a name, and every name can be given.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from regulars import config
from regulars.errors import UsageError

FILE = "names.yml"
ANY_SCORE = (1, 5)


@dataclass(frozen=True)
class RfmName:
    """One name and who gets it: the first name in order of ``priority`` that fits.

    Bounds of scores are included; 1 and 5 where the name asks for none. None for the other two means any.
    """

    priority: int
    rfm_segment: str
    r_min: int
    r_max: int
    f_min: int
    f_max: int
    m_min: int
    m_max: int
    first_order_max_days: int | None
    is_overdue: bool | None
    description: str

    def fits(self, r: int, f: int, m: int, first_order_days: int, is_overdue: bool) -> bool:
        """Whether the name fits scores (1-5, 5 is best), whole days since the first order, and being overdue."""
        return (
            self.r_min <= r <= self.r_max
            and self.f_min <= f <= self.f_max
            and self.m_min <= m <= self.m_max
            and (self.first_order_max_days is None or first_order_days <= self.first_order_max_days)
            and self.is_overdue in (None, is_overdue)
        )


@dataclass(frozen=True)
class OverdueRule:
    """A customer is overdue when nothing was ordered for ``times_median_gap`` times the median gap between that
    customer's orders, and for at least ``at_least_days`` days. With fewer orders than ``own_gap_from_orders`` the
    median gap of all customers stands in.
    """

    times_median_gap: int
    at_least_days: int
    own_gap_from_orders: int


def load_rfm_names() -> list[RfmName]:
    """The names in order of priority, 1 first.

    Raises UsageError when a bound is the wrong way round, a name stands twice, a cell has no name, or a name can never
    be given because those above it take all its cells.
    """
    path = config.CONF / "rfm" / FILE
    raw = config.load_yaml(path)["names"]
    names = [_name(priority, entry) for priority, entry in enumerate(raw, start=1)]
    text = path.read_text()
    for position, name in enumerate(names):
        if problem := _problem(name, names[:position]):
            raise UsageError(problem, where=f"{path}:{config.line_of(text, ['names', position])}")
    _give_all_cells(names, str(path))
    return names


def load_rfm_overdue() -> OverdueRule:
    """When a customer counts as overdue; what the name Lost is built on."""
    return OverdueRule(**config.load_yaml(config.CONF / "rfm" / FILE)["overdue"])


def rule_in_words(name: RfmName, overdue: OverdueRule) -> str:
    """The rule of a name in plain English; being the first that fits is understood."""
    scores = (
        ("recency", name.r_min, name.r_max),
        ("frequency", name.f_min, name.f_max),
        ("revenue", name.m_min, name.m_max),
    )
    parts = [f"{measure} score {_span(low, high)}" for measure, low, high in scores if (low, high) != ANY_SCORE]
    if name.first_order_max_days is not None:
        parts.append(f"first order at most {name.first_order_max_days} days ago")
    if name.is_overdue is not None:
        gap = f"{overdue.times_median_gap} times the median gap between orders (at least {overdue.at_least_days} days)"
        parts.append(f"no order for {gap}" if name.is_overdue else f"an order within {gap}")
    return ", ".join(parts) or "everybody else"


def _name(priority: int, entry: dict) -> RfmName:
    bounds = {f"{key}_{end}": entry.get(key, ANY_SCORE)[at] for key in "rfm" for at, end in enumerate(("min", "max"))}
    return RfmName(
        priority=priority,
        rfm_segment=entry["name"],
        first_order_max_days=entry.get("first_order_within_days"),
        is_overdue=entry.get("is_overdue"),
        description=entry["description"],
        **bounds,
    )


def _problem(name: RfmName, before: list[RfmName]) -> str:
    for key in "rfm":
        low, high = getattr(name, f"{key}_min"), getattr(name, f"{key}_max")
        if low > high:
            return f"The bounds of {key} are the wrong way round: [{low}, {high}]"
    if name.rfm_segment in {earlier.rfm_segment for earlier in before}:
        return f"The name '{name.rfm_segment}' stands twice"
    return ""


def _give_all_cells(names: list[RfmName], where: str) -> None:
    limits = sorted({name.first_order_max_days for name in names if name.first_order_max_days is not None})
    ages = [*limits, (limits[-1] if limits else 0) + 1]
    scores, given = range(ANY_SCORE[0], ANY_SCORE[1] + 1), set()
    for r, f, m, age, late in product(scores, scores, scores, ages, (False, True)):
        name = next((name for name in names if name.fits(r, f, m, age, late)), None)
        if name is None:
            cell = f"r={r}, f={f}, m={m}, first order {age} days ago, {'' if late else 'not '}overdue"
            raise UsageError(
                f"No name fits {cell}",
                where=where,
                next_step="widen the bounds of a name, or end the list with a name that has none",
            )
        given.add(name.rfm_segment)
    for name in names:
        if name.rfm_segment not in given:
            raise UsageError(f"Nobody can be called '{name.rfm_segment}': the names above take them all", where=where)


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"
