"""A rule in plain English, for the card of a segment and for `marts.dim_segment`."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from regulars.segments.language import AllOf, Comparison, Not, Operator, Rule, Value
from regulars.segments.traits import Trait

_WORDS = {
    Operator.IS: "is",
    Operator.IS_NOT: "is not",
    Operator.IN: "is one of",
    Operator.AT_LEAST: "is at least",
    Operator.AT_MOST: "is at most",
    Operator.MORE_THAN: "is more than",
    Operator.LESS_THAN: "is less than",
    Operator.BETWEEN: "is between",
}


def plain(rule: Rule) -> str:
    """The rule as a sentence without a full stop: 'churn probability is at least 50 %'."""
    if isinstance(rule, Comparison):
        return _plain_comparison(rule)
    if isinstance(rule, Not):
        return f"not ({plain(rule.rule)})"
    word = " and " if isinstance(rule, AllOf) else " or "
    return word.join(_in_brackets(each, len(rule.rules)) for each in rule.rules)


def _in_brackets(rule: Rule, siblings: int) -> str:
    needs_none = isinstance(rule, Comparison | Not) or siblings == 1
    return plain(rule) if needs_none else f"({plain(rule)})"


def _plain_comparison(rule: Comparison) -> str:
    trait = rule.trait
    if rule.operator is Operator.IS_KNOWN:
        return f"{trait.label} is {'known' if rule.values[0] else 'unknown'}"
    shown = [_plain_value(value, trait) for value in rule.values]
    listed = " and ".join(shown) if rule.operator is Operator.BETWEEN else ", ".join(shown)
    return f"{trait.label} {_WORDS[rule.operator]} {listed}"


def _plain_value(value: Value, trait: Trait) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f"“{value}”"
    return _SHOWN.get(trait.unit, _with_unit)(value, trait)


def _percent(value: int | Decimal, _trait: Trait) -> str:
    return f"{_digits(Decimal(value) * 100)} %"


def _with_unit(value: int | Decimal, trait: Trait) -> str:
    """The unit is left out where the label has it already: 'days since last order is at least 90'."""
    said = not trait.unit or trait.unit.lower() in trait.label.lower().split()
    return _digits(Decimal(value)) + ("" if said else f" {trait.unit}")


def _money(value: int | Decimal, _trait: Trait) -> str:
    return f"{_digits(Decimal(value))} in the reporting currency"


def _digits(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_SHOWN: dict[str, Callable[[int | Decimal, Trait], str]] = {
    "probability": _percent,
    "share": _percent,
    "currency": _money,
}
