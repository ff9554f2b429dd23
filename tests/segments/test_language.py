"""What a rule may say, and what a person is told when it says something else."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from regulars.errors import UsageError
from regulars.segments.definitions import load_segments
from regulars.segments.language import AllOf, AnyOf, Comparison, Not, Operator, Place, Rule, parse_rule
from regulars.segments.traits import Trait

Write = Callable[[str, str], Path]
NOWHERE = Place(Path(__file__).parent / "conftest.py")


def test_a_rule_becomes_the_tree_it_says(traits: dict[str, Trait]) -> None:
    raw = {"any": [{"trait": "orders_28d", "at_least": 2}, {"not": {"all": [{"trait": "has_crm_record", "is": True}]}}]}
    orders, record = traits["orders_28d"], traits["has_crm_record"]
    assert parse_rule(raw, traits, NOWHERE) == AnyOf(
        (
            Comparison(orders, Operator.AT_LEAST, (2,)),
            Not(AllOf((Comparison(record, Operator.IS, (True,)),))),
        )
    )


def test_a_decimal_in_a_rule_is_exact(traits: dict[str, Trait]) -> None:
    rule = parse_rule({"trait": "churn.probability", "between": [0.1, 0.3]}, traits, NOWHERE)
    assert isinstance(rule, Comparison)
    assert rule.values == (Decimal("0.1"), Decimal("0.3"))


WRONG = {
    "unknown trait": ("rule: {trait: churn.probabilty, at_least: 1}", 3, "Did you mean 'churn.probability'?"),
    "trait of two marts": (
        "rule: {trait: orders, at_least: 1}",
        3,
        "write 'customer_features.orders' or 'customer_rfm.orders'",
    ),
    "trait that is no word": ("rule:\n  trait: 7\n  is: 7", 4, "Unknown trait 7."),
    "unknown comparison": ("rule:\n  trait: orders_28d\n  atleast: 3", 5, "Did you mean 'at_least'?"),
    "no comparison": ("rule: {trait: orders_28d}", 3, "needs exactly one comparison, and has 0"),
    "two comparisons": ("rule: {trait: orders_28d, at_least: 1, at_most: 4}", 3, "use 'between'"),
    "unknown joining word": ("rule:\n  alll: []", 4, "Did you mean 'all'?"),
    "two joining words": ("rule: {all: [], any: []}", 3, "exactly one of 'all', 'any', 'not'"),
    "empty list of rules": ("rule:\n  all: []", 4, "a list of one or more rules"),
    "a rule that is a list": (
        "rule:\n  not:\n    - {trait: m, is: 1}",
        4,
        "A rule is a mapping",
    ),
    "nested mistake": (
        "rule:\n  all:\n    - {trait: m, is: 5}\n    - not: {trait: m, is: five}",
        6,
        "'m' is a number, and 'five' is not",
    ),
    "yes for a number": ("rule: {trait: m, is: true}", 3, "'m' is a number, and True is not"),
    "number for a text": ("rule: {trait: kids_count, is: 0}", 3, "write it in quotes"),
    "text for yes or no": ('rule: {trait: has_crm_record, is: "true"}', 3, "is true or false, not 'true'"),
    "bound for a text": ("rule: {trait: kids_count, at_least: '1'}", 3, "use 'is' or 'in'"),
    "time": ("rule: {trait: first_order_at, at_least: 2017-01-01}", 3, "compare a number of days instead"),
    "value that never occurs": ("rule: {trait: rfm_segment, is: Champion}", 3, "Did you mean 'Champions'?"),
    "is_known without yes or no": ("rule: {trait: m, is_known: 1}", 3, "'is_known' takes true or false"),
    "in without a list": ("rule: {trait: m, in: 3}", 3, "a list of one or more values"),
    "second value of in": ("rule:\n  trait: m\n  in:\n    - 3\n    - x", 7, "'m' is a number"),
    "between with three": ("rule: {trait: m, between: [1, 2, 3]}", 3, "a list of lowest and highest"),
    "between the wrong way round": ("rule: {trait: m, between: [4, 2]}", 3, "4 is more than 2"),
    "infinity": ("rule: {trait: m, at_most: .inf}", 3, "out of range"),
    "not a number": ("rule: {trait: m, is: .nan}", 3, "out of range"),
    "too large": ("rule: {trait: m, is: 1000000000000000}", 3, "out of range"),
    "too many decimals": ("rule: {trait: m, is: 0.0000000001}", 3, "out of range"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_told_with_its_line_and_the_right_word(
    mistake: str, write_segment: Write, traits: dict[str, Trait]
) -> None:
    below, line, told = WRONG[mistake]
    path = write_segment("wrong", below)
    with pytest.raises(UsageError) as caught:
        load_segments(path.parent, traits)
    assert caught.value.where == f"{path}:{line}"
    assert told in str(caught.value)


def test_every_comparison_can_be_written(traits: dict[str, Trait]) -> None:
    raw: dict[Operator, object] = dict.fromkeys(Operator, 3)
    raw |= {Operator.IN: [3], Operator.BETWEEN: [3, 3], Operator.IS_KNOWN: True}
    rules: list[Rule] = [parse_rule({"trait": "m", str(word): value}, traits, NOWHERE) for word, value in raw.items()]
    assert [rule.operator for rule in rules if isinstance(rule, Comparison)] == list(Operator)
