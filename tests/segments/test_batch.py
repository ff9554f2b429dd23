"""SQL of a rule against a second evaluation of the same YAML, written here in plain Python without the tree."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import warehouse
from regulars.segments.batch import condition_sql, profile_sql, traits_in
from regulars.segments.language import Place, Rule, parse_rule
from regulars.segments.traits import Trait

if TYPE_CHECKING:
    import duckdb

AS_OF = "2018-01-01 05:00"
TEXTS = ["a", "b", "x' or '1'='1", '"; drop table d --', "?", "", "Ä"]
WHOLE = st.integers(-3, 3)
CENTS = st.integers(-300, 300).map(lambda cents: Decimal(cents) / 100)
MILLIONTHS = st.integers(0, 4).map(lambda quarters: Decimal(quarters) / 4)
KNOWN: dict[str, st.SearchStrategy[Any]] = {
    "has_crm_record": st.booleans(),
    "home_ownership": st.sampled_from(TEXTS),
    "orders_28d": WHOLE,
    "weekend_share": st.sampled_from([0.0, 0.1, 0.25, 0.3, 1.0]),
    "net_revenue_84d": CENTS,
    "m": WHOLE,
    "churn.probability": MILLIONTHS,
    "ltv.decile": WHOLE,
}
NUMBERS = sorted(set(KNOWN) - {"has_crm_record", "home_ownership"})
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "at_least": operator.ge,
    "at_most": operator.le,
    "more_than": operator.gt,
    "less_than": operator.lt,
    "in": lambda have, wanted: have in wanted,
    "between": lambda have, wanted: wanted[0] <= have <= wanted[1],
}
CUSTOMERS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in KNOWN.items()}), min_size=1, max_size=5
)


def written(value: Any) -> Any:
    """A value as YAML gives it: there are no decimals, only floats."""
    return float(value) if isinstance(value, Decimal) else value


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(KNOWN)))
    words = ["is", "is_not", "in", "is_known"] + (
        ["at_least", "at_most", "more_than", "less_than", "between"] if name in NUMBERS else []
    )
    word = draw(st.sampled_from(words))
    values = KNOWN[name].map(written)
    if word == "is_known":
        return {"trait": name, word: draw(st.booleans())}
    if word == "in":
        return {"trait": name, word: draw(st.lists(values, min_size=1, max_size=3))}
    if word == "between":
        return {"trait": name, word: sorted([draw(values), draw(values)])}
    return {"trait": name, word: draw(values)}


RULES = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
    ),
    max_leaves=8,
)


def exactly(value: Any) -> Any:
    """A number as the decimal it is written as, so that 0.1 in a rule is 0.1 in a mart."""
    if isinstance(value, list):
        return [exactly(each) for each in value]
    return Decimal(str(value)) if isinstance(value, float) else value


def holds(raw: dict[str, Any], customer: dict[str, Any]) -> bool:
    if "all" in raw:
        return all(holds(each, customer) for each in raw["all"])
    if "any" in raw:
        return any(holds(each, customer) for each in raw["any"])
    if "not" in raw:
        return not holds(raw["not"], customer)
    have = customer[raw["trait"]]
    ((word, wanted),) = [(word, value) for word, value in raw.items() if word != "trait"]
    if word == "is_known":
        return (have is not None) == wanted
    return have is not None and COMPARE[word](exactly(have), exactly(wanted))


@pytest.fixture(scope="module")
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.memory() as connection:
        connection.execute(
            f"""
            attach ':memory:' as regulars;
            attach ':memory:' as work;
            create schema regulars.marts;
            create schema work.score;
            create table regulars.marts.dim_customer (
                customer_id bigint, has_crm_record boolean, home_ownership varchar
            );
            create table regulars.marts.customer_features (
                customer_id bigint, orders_28d bigint, weekend_share double, net_revenue_84d decimal(18, 2),
                as_of timestamp default '{AS_OF}'
            );
            create table regulars.marts.customer_rfm (customer_id bigint, m integer, as_of timestamp default '{AS_OF}');
            create table work.score.customer_score (
                customer_id bigint, model varchar, probability decimal(9, 6), decile integer,
                as_of timestamp default '{AS_OF}'
            )
            """
        )
        yield connection


def fill(connection: duckdb.DuckDBPyConnection, customers: list[dict[str, Any]]) -> None:
    for table in ("marts.dim_customer", "marts.customer_features", "marts.customer_rfm"):
        connection.execute(f"delete from regulars.{table}")
    connection.execute("delete from work.score.customer_score")
    for key, has in enumerate(customers):
        for table, values in {
            "regulars.marts.dim_customer": [key, has["has_crm_record"], has["home_ownership"]],
            "regulars.marts.customer_features (customer_id, orders_28d, weekend_share, net_revenue_84d)": [
                key,
                has["orders_28d"],
                has["weekend_share"],
                has["net_revenue_84d"],
            ],
            "regulars.marts.customer_rfm (customer_id, m)": [key, has["m"]],
            "work.score.customer_score (customer_id, model, probability)": [key, "churn", has["churn.probability"]],
            "work.score.customer_score (customer_id, model, decile)": [key, "ltv", has["ltv.decile"]],
        }.items():
            connection.execute(f"insert into {table} values ({', '.join('?' * len(values))})", values)


def members(connection: duckdb.DuckDBPyConnection, rule: Rule) -> list[int]:
    condition = condition_sql(rule)
    found = connection.execute(
        f"select customer_id from ({profile_sql(traits_in(rule))}) where {condition.text} order by all",
        [AS_OF, *condition.values],
    ).fetchall()
    return [customer_id for (customer_id,) in found]


@given(customers=CUSTOMERS, raw=RULES)
@settings(max_examples=150)
def test_sql_finds_whom_the_rule_holds_for(
    marts: duckdb.DuckDBPyConnection, traits: dict[str, Trait], customers: list[dict[str, Any]], raw: dict[str, Any]
) -> None:
    rule = parse_rule(raw, traits, Place(Path(__file__)))
    fill(marts, customers)
    assert members(marts, rule) == [key for key, customer in enumerate(customers) if holds(raw, customer)]


@given(customers=CUSTOMERS, raw=RULES)
@settings(max_examples=50)
def test_a_rule_and_its_negation_share_out_all_customers(
    marts: duckdb.DuckDBPyConnection, traits: dict[str, Trait], customers: list[dict[str, Any]], raw: dict[str, Any]
) -> None:
    rule = parse_rule(raw, traits, Place(Path(__file__)))
    negation = parse_rule({"not": raw}, traits, Place(Path(__file__)))
    fill(marts, customers)
    assert sorted(members(marts, rule) + members(marts, negation)) == list(range(len(customers)))


@pytest.mark.parametrize("text", TEXTS)
def test_no_value_of_a_rule_gets_into_the_text_of_the_sql(text: str, traits: dict[str, Trait]) -> None:
    rule = parse_rule({"trait": "home_ownership", "in": [text, "other"]}, traits, Place(Path(__file__)))
    condition = condition_sql(rule)
    assert condition.text == 'coalesce("home_ownership" in (?, ?), false)'
    assert condition.values == (text, "other")
