"""Rules as people read them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from regulars.segments.language import Place, parse_rule
from regulars.segments.plain import plain
from regulars.segments.traits import Trait

SENTENCES = {
    "{trait: churn.probability, at_least: 0.5}": "churn probability is at least 50 %",
    "{trait: churn.probability, less_than: 0.125}": "churn probability is less than 12.5 %",
    "{trait: ltv.amount, more_than: 1250.5}": "ltv amount is more than 1,250.5 in the reporting currency",
    "{trait: days_since_last_order, at_most: 90}": "days since last order is at most 90",
    "{trait: orders_28d, between: [2, 5]}": "orders in 28 days is between 2 and 5",
    "{trait: m, in: [4, 5]}": "revenue score is one of 4, 5",
    "{trait: home_ownership, is_not: Renter}": "home ownership is not “Renter”",
    "{trait: has_crm_record, is: false}": "has crm record is no",
    "{trait: kids_count, is_known: true}": "kids count is known",
    "{trait: kids_count, is_known: false}": "kids count is unknown",
    "{not: {trait: m, is: 1}}": "not (revenue score is 1)",
    "{all: [{trait: m, is: 1}, {any: [{trait: m, is: 2}, {trait: m, is: 3}]}]}": (
        "revenue score is 1 and (revenue score is 2 or revenue score is 3)"
    ),
    "{any: [{all: [{trait: m, is: 1}]}, {not: {trait: m, is: 2}}]}": "(revenue score is 1) or not (revenue score is 2)",
}


@pytest.mark.parametrize("written", SENTENCES)
def test_a_rule_reads_as_a_sentence(written: str, traits: dict[str, Trait]) -> None:
    assert plain(parse_rule(yaml.safe_load(written), traits, Place(Path(__file__)))) == SENTENCES[written]
