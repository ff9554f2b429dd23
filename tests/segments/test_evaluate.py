"""Members of segments on a candidate of six customers, to the last one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from regulars import config, warehouse
from regulars.errors import RegularsError, UsageError
from regulars.segments.evaluate import evaluate_segments
from regulars.segments.traits import Trait

Write = Callable[[str, str], Path]

KNOWN_ANSWERS = {
    "{trait: orders_28d, at_least: 1}": [1, 3],
    "{trait: orders_28d, is_not: 0}": [1, 3],
    "{not: {trait: orders_28d, is: 0}}": [1, 3, 5, 6],
    "{trait: orders_28d, is_known: true}": [1, 2, 3, 4],
    "{trait: orders_28d, is_known: false}": [5, 6],
    "{trait: kids_count, is_not: '0'}": [2, 3, 5],
    "{trait: home_ownership, in: [Renter, Homeowner]}": [1, 2],
    '{trait: home_ownership, is: "x\' or 1=1 --"}': [5],
    "{trait: has_crm_record, is: false}": [4, 6],
    "{trait: weekend_share, between: [0, 0.25]}": [1, 4],
    "{trait: net_revenue_84d, more_than: 9.99}": [1],
    "{trait: net_revenue_84d, at_least: 9.99}": [1, 3],
    "{trait: churn.probability, at_least: 0.5}": [2],
    "{trait: churn.decile, at_least: 8}": [2, 3],
    "{trait: ltv.decile, is: 10}": [1],
    "{trait: customer_cluster.cluster_id, is: 4}": [1, 3],
    "{trait: customer_cluster.cluster_id, is_known: false}": [4, 5, 6],
    "{trait: customer_features.orders, less_than: 12}": [3, 4],
    "{trait: customer_rfm.orders, at_most: 12}": [2, 3],
    "{trait: first_order_at, is_known: false}": [5],
    "{all: [{trait: m, at_least: 4}, {trait: churn.decile, at_least: 8}]}": [2],
    "{any: [{trait: m, is: 1}, {trait: kids_count, is: '3+'}]}": [2, 3],
    "{all: [{any: [{trait: m, is: 5}, {trait: m, is: 4}]}, {not: {trait: rfm_segment, is: Champions}}]}": [2],
}


def members(folder: Path) -> dict[str, list[int]]:
    with warehouse.candidate(folder, read_only=True) as connection:
        rows = connection.execute(
            "select segment_id, list(customer_id) from work.segment.member group by all"
        ).fetchall()
    return dict(rows)


def test_rules_have_the_members_they_say(write_segment: Write, candidate: Path, traits: dict[str, Trait]) -> None:
    for number, rule in enumerate(KNOWN_ANSWERS):
        write_segment(f"rule_{number:02}", f"rule: {rule}")
    given = evaluate_segments(candidate, traits)
    found = members(candidate)
    assert {rule: found.get(f"rule_{number:02}") for number, rule in enumerate(KNOWN_ANSWERS)} == KNOWN_ANSWERS
    assert given == {
        "segments": len(KNOWN_ANSWERS),
        "memberships": sum(map(len, KNOWN_ANSWERS.values())),
        "unknown_list_records": {},
    }


def test_the_shipped_segments_run_on_columns_of_the_contracts(
    contract_candidate: Path, contract_traits: dict[str, Trait]
) -> None:
    given = evaluate_segments(contract_candidate, contract_traits)
    assert set(members(contract_candidate)) == {"churn_high", "rfm_at_risk", "worth_a_call"}
    assert given["unknown_list_records"]["pilot_group"] > 0


def test_a_segment_without_members_is_defined_all_the_same(
    write_segment: Write, candidate: Path, traits: dict[str, Trait]
) -> None:
    write_segment("nobody", "rule: {trait: m, is: 3}")
    evaluate_segments(candidate, traits)
    with warehouse.candidate(candidate, read_only=True) as connection:
        rows = connection.execute("select * from work.segment.definition").fetchall()
    assert rows == [("nobody", "nobody", "dynamic", "revenue score is 3", "For a test.")]
    assert members(candidate) == {}


def test_no_definition_at_all_gives_two_empty_tables(conf: Path, candidate: Path, traits: dict[str, Trait]) -> None:
    assert evaluate_segments(candidate, traits) == {"segments": 0, "memberships": 0, "unknown_list_records": {}}
    assert members(candidate) == {}


def test_a_list_holds_customers_by_their_records_and_counts_the_others(
    write_segment: Write, candidate: Path, traits: dict[str, Trait], caplog: pytest.LogCaptureFixture
) -> None:
    path = write_segment("chosen", "list: lists/chosen.csv")
    listed = "crm,101\ntransactions,101\ncrm,105; drop table x\ncrm,177\ntransactions,102\ncrm,999\n"
    (path.parent / "lists" / "chosen.csv").write_text(f"source,record_key\n{listed}")
    given = evaluate_segments(candidate, traits)
    assert members(candidate) == {"chosen": [1, 5]}
    assert given["unknown_list_records"] == {"chosen": 2}
    assert not any(key in caplog.text for key in ("101", "999"))


def test_an_empty_list_is_a_segment_without_members(
    write_segment: Write, candidate: Path, traits: dict[str, Trait]
) -> None:
    path = write_segment("chosen", "list: lists/chosen.csv")
    (path.parent / "lists" / "chosen.csv").write_text("source,record_key\n")
    assert evaluate_segments(candidate, traits)["unknown_list_records"] == {"chosen": 0}
    assert members(candidate) == {}


def test_hostile_words_are_kept_to_the_letter(write_segment: Write, candidate: Path, traits: dict[str, Trait]) -> None:
    hostile = "<script>'); drop table work.segment.member; --{{ ref('x') }}"
    path = write_segment("hostile", "rule: {trait: m, is: 1}")
    path.write_text(path.read_text().replace("For a test.", f'"{hostile}"'))
    evaluate_segments(candidate, traits)
    with warehouse.candidate(candidate, read_only=True) as connection:
        assert connection.execute("select description from work.segment.definition").fetchall() == [(hostile,)]
    assert members(candidate) == {"hostile": [3]}


def test_members_lie_sorted_and_the_second_time_is_the_same(
    write_segment: Write, candidate: Path, traits: dict[str, Trait]
) -> None:
    write_segment("b", "rule: {trait: m, at_least: 1}")
    write_segment("a", "rule: {trait: m, at_least: 1}")
    seen = []
    for _ in range(2):
        evaluate_segments(candidate, traits)
        with warehouse.candidate(candidate, read_only=True) as connection:
            seen.append(connection.execute("from work.segment.member").fetchall())
    assert seen[0] == seen[1] == [(key, name) for key in (1, 2, 3) for name in ("a", "b")]


def test_a_wrong_definition_leaves_the_members_as_they_were(
    write_segment: Write, candidate: Path, traits: dict[str, Trait]
) -> None:
    write_segment("right", "rule: {trait: m, at_least: 1}")
    evaluate_segments(candidate, traits)
    write_segment("wrong", "rule: {trait: n, at_least: 1}")
    with pytest.raises(UsageError):
        evaluate_segments(candidate, traits)
    assert members(candidate) == {"right": [1, 2, 3]}


def test_a_candidate_of_several_nights_is_refused(
    write_segment: Write, candidate: Path, traits: dict[str, Trait]
) -> None:
    write_segment("right", "rule: {trait: m, at_least: 1}")
    with warehouse.candidate(candidate) as connection:
        connection.execute("insert into work.run.origin values ('2017-12-04 05:00', '2017-12-04 11:00')")
    with pytest.raises(RegularsError, match="has 2 origins"):
        evaluate_segments(candidate, traits)


_KILLED = """
import sys
from pathlib import Path
from regulars.segments.evaluate import evaluate_segments
from regulars.segments.traits import Kind, Trait
evaluate_segments(Path(sys.argv[1]), {"kids_count": Trait("kids_count", Kind.TEXT, "dim_customer", "kids_count")})
"""


def test_killed_before_the_commit_nothing_has_changed_and_the_next_run_is_right(
    write_segment: Write, candidate: Path, traits: dict[str, Trait]
) -> None:
    write_segment("families", "rule: {trait: kids_count, is: '0'}")
    evaluate_segments(candidate, traits)
    write_segment("families", "rule: {trait: kids_count, is_not: '0'}")
    environment = os.environ | {"REGULARS_FAILPOINT": "segment.before_commit:kill", "REGULARS_CONF": str(config.CONF)}
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(candidate)], env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert members(candidate) == {"families": [1]}
    evaluate_segments(candidate, traits)
    assert members(candidate) == {"families": [2, 3, 5]}
