"""A rule as DuckDB SQL over all customers of a candidate. Values are bound, never written into the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from regulars.segments.language import AllOf, Comparison, Not, Operator, Rule
from regulars.segments.traits import LEARNED_MARTS, Trait

_SYMBOL = {
    Operator.IS: "=",
    Operator.IS_NOT: "<>",
    Operator.AT_LEAST: ">=",
    Operator.AT_MOST: "<=",
    Operator.MORE_THAN: ">",
    Operator.LESS_THAN: "<",
}


@dataclass(frozen=True)
class Bound:
    """A piece of SQL and the values of its question marks, in their order."""

    text: str
    values: tuple[Any, ...] = ()


def condition_sql(rule: Rule) -> Bound:
    """The rule as a condition on a row of `profile_sql`: true or false for every customer, never null."""
    if isinstance(rule, Comparison):
        return _comparison_sql(rule)
    if isinstance(rule, Not):
        inner = condition_sql(rule.rule)
        return Bound(f"not ({inner.text})", inner.values)
    parts = [condition_sql(each) for each in rule.rules]
    word = " and " if isinstance(rule, AllOf) else " or "
    return Bound(word.join(f"({part.text})" for part in parts), tuple(value for part in parts for value in part.values))


def profile_sql(traits: Iterable[Trait]) -> str:
    """One row a customer of `marts.dim_customer` with the wanted traits, each under its name.

    Has one question mark: the as_of of the night. A trait is null where the mart has no row. Scores and clusters are
    read where they were left, in the work file, because the marts after them are written when segments are known.
    """
    wanted = sorted(set(traits), key=lambda trait: trait.name)
    sources = sorted({(trait.mart, trait.model or "") for trait in wanted} - {("dim_customer", "")})
    columns = "".join(
        f",\n  {_name(_alias(trait.mart, trait.model or ''))}.{_name(trait.column)} as {_name(trait.name)}"
        for trait in wanted
    )
    joins = "".join(_join_sql(mart, model) for mart, model in sources)
    return (
        f"select dim_customer.customer_id{columns}\n"
        f"from regulars.marts.dim_customer as dim_customer\n"
        f"cross join (select ?::timestamp as as_of) as night{joins}"
    )


def traits_in(rule: Rule) -> frozenset[Trait]:
    """The traits a rule asks for."""
    if isinstance(rule, Comparison):
        return frozenset({rule.trait})
    inner = [rule.rule] if isinstance(rule, Not) else rule.rules
    return frozenset().union(*(traits_in(each) for each in inner))


def _comparison_sql(rule: Comparison) -> Bound:
    trait, operator = _name(rule.trait.name), rule.operator
    if operator is Operator.IS_KNOWN:
        return Bound(f"{trait} is {'not ' if rule.values[0] else ''}null")
    if operator is Operator.BETWEEN:
        test = f"{trait} between ? and ?"
    elif operator is Operator.IN:
        test = f"{trait} in ({', '.join('?' * len(rule.values))})"
    else:
        test = f"{trait} {_SYMBOL[operator]} ?"
    return Bound(f"coalesce({test}, false)", rule.values)


def _join_sql(mart: str, model: str) -> str:
    alias = _name(_alias(mart, model))
    table = f"work.score.{mart}" if mart in LEARNED_MARTS else f"regulars.marts.{mart}"
    of_model = f" and {alias}.model = {_text(model)}" if model else ""
    return (
        f"\nleft join {table} as {alias}"
        f"\n  on {alias}.customer_id = dim_customer.customer_id and {alias}.as_of = night.as_of{of_model}"
    )


def _alias(mart: str, model: str) -> str:
    return f"{mart} {model}".strip()


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
