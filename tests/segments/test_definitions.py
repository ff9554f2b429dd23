"""Files of conf/segments: what they become, and what is said about those that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from regulars import config
from regulars.errors import UsageError
from regulars.segments.batch import traits_in
from regulars.segments.definitions import RecordList, load_segments
from regulars.segments.rfm_names import load_rfm_names
from regulars.segments.traits import SCORE_MART, Trait, slug

Write = Callable[[str, str], Path]


def test_every_shipped_segment_asks_only_what_the_contracts_have(contract_traits: dict[str, Trait]) -> None:
    shipped = {each.segment_id: each for each in load_segments(config.CONF / "segments", contract_traits)}
    assert {"ltv_high", "churn_high", "worth_a_call", "families", "pilot_group"} <= set(shipped)
    assert {name for name in shipped if name.startswith("rfm_")} == {
        f"rfm_{slug(name.rfm_segment)}" for name in load_rfm_names()
    }
    assert len([name for name in shipped if name.startswith("lifecycle_")]) >= 3
    assert all(each.name and each.description and each.rule_in_words for each in shipped.values())


def test_no_shipped_segment_leaves_a_placeholder_open(contract_traits: dict[str, Trait]) -> None:
    for each in load_segments(config.CONF / "segments", contract_traits):
        assert not set("{}") & set(each.name + each.description + each.rule_in_words)


def test_a_percentile_is_never_told_as_a_probability(contract_traits: dict[str, Trait]) -> None:
    for each in load_segments(config.CONF / "segments", contract_traits):
        if not isinstance(each.members, RecordList):
            columns = {trait.column for trait in traits_in(each.members) if trait.mart == SCORE_MART}
            assert ("%" in each.rule_in_words) == ("probability" in columns)


def test_for_each_makes_a_segment_of_every_value(write_segment: Write, traits: dict[str, Trait]) -> None:
    path = write_segment("stage", "for_each: {trait: lifecycle_stage}")
    path.write_text(path.read_text().replace("name: stage", "name: 'Stage {value}: {meaning}'"))
    made = load_segments(path.parent, traits)
    assert [(each.segment_id, each.name, each.rule_in_words, each.kind) for each in made] == [
        ("stage_active", "Stage active: Still buys.", "lifecycle stage is “active”", "dynamic"),
        ("stage_churned", "Stage churned: Does not.", "lifecycle stage is “churned”", "dynamic"),
    ]


def test_for_each_tells_the_rule_behind_a_value(write_segment: Write, traits: dict[str, Trait]) -> None:
    path = write_segment("rfm", "for_each: {trait: rfm_segment}")
    told = {each.segment_id: each.rule_in_words for each in load_segments(path.parent, traits)}
    assert told["rfm_at_risk"] == "RFM segment is “At Risk”: recency score 1 to 2, revenue score 3 to 5"


def test_for_each_without_known_values_is_refused(write_segment: Write, traits: dict[str, Trait]) -> None:
    path = write_segment("home", "for_each:\n  trait: home_ownership")
    with pytest.raises(UsageError, match="may have any value") as caught:
        load_segments(path.parent, traits)
    assert caught.value.where == f"{path}:4"


def test_two_files_cannot_define_one_segment(write_segment: Write, traits: dict[str, Trait]) -> None:
    write_segment("stage", "for_each: {trait: lifecycle_stage}")
    path = write_segment("stage_active", "rule: {trait: m, is: 1}")
    with pytest.raises(UsageError, match=r"'stage_active' is defined twice[\s\S]*stage\.yml") as caught:
        load_segments(path.parent, traits)
    assert caught.value.where == f"{path}:1"


@pytest.mark.parametrize(
    ("segment_id", "below", "line", "told"),
    [
        ("Bad Name", "rule: {trait: m, is: 1}", 1, "no id for a segment"),
        ("empty", "", 1, "exactly one of rule, list, for_each, and this has 0"),
        ("both", "rule: {trait: m, is: 1}\nlist: lists/a.csv", 1, "and this has 2"),
        ("typo", "ruel: {trait: m, is: 1}", 3, "Did you mean 'rule'?"),
        ("absent", "list: lists/absent.csv", 3, "There is no list 'lists/absent.csv'"),
        ("outside", "list: lists/../../../outside.csv", 3, "not in the folder lists"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(
    segment_id: str, below: str, line: int, told: str, write_segment: Write, traits: dict[str, Trait]
) -> None:
    path = write_segment(segment_id, below)
    with pytest.raises(UsageError) as caught:
        load_segments(path.parent, traits)
    assert told in str(caught.value)
    assert caught.value.where == f"{path}:{line}"


def test_a_list_is_distinct_and_sorted(write_segment: Write, traits: dict[str, Trait]) -> None:
    path = write_segment("chosen", "list: lists/chosen.csv")
    (path.parent / "lists" / "chosen.csv").write_text('﻿source,record_key\ncrm,20\ncrm,"1,5"\ncrm,20\n')
    (made,) = load_segments(path.parent, traits)
    assert made.members == RecordList("chosen.csv", (("crm", "1,5"), ("crm", "20")))
    assert (made.kind, made.rule_in_words) == ("static", "record is one of 2 on the list chosen.csv")


@pytest.mark.parametrize(
    ("content", "where", "told"),
    [
        (b"record_key,source\n1,crm\n", ":1", "The header must be source,record_key, not record_key,source"),
        (b"", ":1", "The header must be"),
        (b"source,record_key\ncrm,1\ncrm\n", ":3", "this has 1 of them"),
        (b"source,record_key\ncrm,1\n\n", ":3", "this has 0 of them"),
        (b"source,record_key\ncrm,1,2\n", ":2", "this has 3 of them"),
        (b'source,record_key\ncrm,"1\n', "", "not a CSV in UTF-8"),
        (b"source,record_key\ncrm,\xff\n", "", "not a CSV in UTF-8"),
    ],
)
def test_a_wrong_list_is_told_with_its_line(
    content: bytes, where: str, told: str, write_segment: Write, traits: dict[str, Trait]
) -> None:
    listed = write_segment("chosen", "list: lists/chosen.csv").parent / "lists" / "chosen.csv"
    listed.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_segments(listed.parent.parent, traits)
    assert told in str(caught.value)
    assert caught.value.where == f"{listed}{where}"
