"""The segment language: what a rule is, and how it is read from YAML.

    all:
      - {trait: m, at_least: 4}
      - not: {trait: home_ownership, in: [Renter, Probable Renter]}

A rule is ``all``, ``any`` or ``not`` of rules, or one comparison of a trait. A comparison is true or false, never
unknown: where the trait is null it is false, also for ``is_not`` and for every bound. ``is_known`` asks for null
itself, and ``not`` turns a false comparison true, so that it holds for customers whose trait is null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from regulars.config import line_of
from regulars.errors import UsageError, did_you_mean
from regulars.segments.traits import Kind, Trait

MAX_NUMBER = 10**15
MAX_DECIMALS = 9

Value = str | bool | int | Decimal


class Operator(StrEnum):
    """The words that compare a trait."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"
    IS_KNOWN = "is_known"


_FOR_NUMBERS = frozenset(
    {Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN, Operator.BETWEEN}
)
_JOINING = ("all", "any", "not")


@dataclass(frozen=True)
class Comparison:
    """A trait, a word and what it is compared with: one value; for ``between`` lowest and highest, both included;
    for ``in`` one or more. ``is_known`` has one bool.
    """

    trait: Trait
    operator: Operator
    values: tuple[Value, ...]


@dataclass(frozen=True)
class AllOf:
    """True when every one of ``rules`` is."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class AnyOf:
    """True when at least one of ``rules`` is."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Not:
    """True when ``rule`` is false, so also where it asks for a trait that is null."""

    rule: Rule


Rule = Comparison | AllOf | AnyOf | Not


@dataclass(frozen=True)
class Place:
    """Where in which file something stands, so that an error can say so."""

    path: Path
    steps: tuple[str | int, ...] = ()

    def at(self, *steps: str | int) -> Place:
        """A place further inside."""
        return replace(self, steps=(*self.steps, *steps))

    def error(self, what: str, next_step: str = "") -> UsageError:
        """A UsageError that names the file and the line."""
        return UsageError(what, where=f"{self.path}:{line_of(self.path.read_text(), self.steps)}", next_step=next_step)


def parse_rule(raw: Any, traits: Mapping[str, Trait], place: Place) -> Rule:
    """The rule that ``raw``, a piece of YAML, says.

    Raises UsageError with file, line and the nearest right word for an unknown trait, word or value, and for a value
    of another kind than the trait's.
    """
    if not isinstance(raw, dict):
        raise place.error(f"A rule is a mapping with 'trait', 'all', 'any' or 'not', not {_shown(raw)}")
    if "trait" in raw:
        return _comparison(raw, traits, place)
    if len(raw) != 1:
        raise place.error("A rule has exactly one of 'all', 'any', 'not', or a 'trait' with one comparison")
    word, inner = next(iter(raw.items()))
    if word not in _JOINING:
        raise place.at(word).error(f"Unknown key '{word}'. {did_you_mean(str(word), (*_JOINING, 'trait'))}")
    if word == "not":
        return Not(parse_rule(inner, traits, place.at(word)))
    if not isinstance(inner, list) or not inner:
        raise place.at(word).error(f"'{word}' takes a list of one or more rules")
    rules = tuple(parse_rule(each, traits, place.at(word, number)) for number, each in enumerate(inner))
    return AllOf(rules) if word == "all" else AnyOf(rules)


def find_trait(name: Any, traits: Mapping[str, Trait], place: Place) -> Trait:
    """The trait of that name. Raises UsageError with the nearest one when there is none."""
    if isinstance(name, str) and name in traits:
        return traits[name]
    longer = [f"'{full}'" for full in sorted(traits) if full.endswith(f".{name}")]
    if longer:
        raise place.error(f"Trait '{name}' is not exact: write {' or '.join(longer)}")
    raise place.error(f"Unknown trait {_shown(name)}. {did_you_mean(str(name), traits)}")


def _comparison(raw: dict[str, Any], traits: Mapping[str, Trait], place: Place) -> Comparison:
    trait = find_trait(raw["trait"], traits, place.at("trait"))
    words = [word for word in raw if word != "trait"]
    for word in words:
        if word not in set(Operator):
            raise place.at(word).error(f"Unknown comparison '{word}'. {did_you_mean(str(word), set(Operator))}")
    if len(words) != 1:
        raise place.error(
            f"'{trait.name}' needs exactly one comparison, and has {len(words)}",
            next_step="use 'between' for two bounds, or 'all' for several comparisons",
        )
    operator = Operator(words[0])
    return Comparison(trait, operator, _values(trait, operator, raw[operator], place.at(operator)))


def _values(trait: Trait, operator: Operator, raw: Any, place: Place) -> tuple[Value, ...]:
    if operator is Operator.IS_KNOWN:
        if not isinstance(raw, bool):
            raise place.error(f"'is_known' takes true or false, not {_shown(raw)}")
        return (raw,)
    if trait.kind is Kind.TIME:
        raise place.error(f"'{trait.name}' is a time: compare a number of days instead, or ask 'is_known'")
    if operator in _FOR_NUMBERS and trait.kind is not Kind.NUMBER:
        raise place.error(f"'{operator}' compares numbers, and '{trait.name}' is a {trait.kind}: use 'is' or 'in'")
    if operator not in (Operator.IN, Operator.BETWEEN):
        return (_value(trait, raw, place),)
    if not isinstance(raw, list) or not raw or (operator is Operator.BETWEEN and len(raw) != 2):
        wanted = "a list of lowest and highest" if operator is Operator.BETWEEN else "a list of one or more values"
        raise place.error(f"'{operator}' takes {wanted}, not {_shown(raw)}")
    values = tuple(_value(trait, each, place.at(number)) for number, each in enumerate(raw))
    if operator is Operator.BETWEEN and values[0] > values[1]:  # type: ignore[operator]
        raise place.error(f"'between' has its bounds the wrong way round: {raw[0]} is more than {raw[1]}")
    return values


def _value(trait: Trait, raw: Any, place: Place) -> Value:
    if trait.kind is Kind.NUMBER:
        return _number(trait, raw, place)
    if trait.kind is Kind.YES_NO:
        if not isinstance(raw, bool):
            raise place.error(f"'{trait.name}' is true or false, not {_shown(raw)}")
        return raw
    if not isinstance(raw, str):
        hint = " (write it in quotes)" if isinstance(raw, bool | int | float | date) else ""
        raise place.error(f"'{trait.name}' is a text, and {_shown(raw)} is not{hint}")
    known = [accepted.value for accepted in trait.values]
    if known and raw not in known:
        raise place.error(f"'{trait.name}' is never {_shown(raw)}. {did_you_mean(raw, known)}")
    return raw


def _number(trait: Trait, raw: Any, place: Place) -> int | Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise place.error(f"'{trait.name}' is a number, and {_shown(raw)} is not")
    exact = Decimal(str(raw))
    if not exact.is_finite() or abs(exact) >= MAX_NUMBER or exact != round(exact, MAX_DECIMALS):
        raise place.error(f"{raw} is out of range: below 10^15, with at most {MAX_DECIMALS} decimals")
    return raw if isinstance(raw, int) else exact


def _shown(raw: Any) -> str:
    text = f"'{raw}'" if isinstance(raw, str) else repr(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."
