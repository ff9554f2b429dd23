"""Records are one customer by rule: who is written twice, a guest who has a record; a split is as if never merged."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import warehouse
from regulars.config import Home
from regulars.errors import UsageError
from regulars.resolve import customers, people_of_night
from regulars.resolve.judgements import NOT_SAME, SAME, WITHDRAWN, judge
from regulars.resolve.rules import load_people_rules
from regulars.sources import load_entity
from tests.resolve.small_night import contact, resolve


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_who_is_written_twice_is_one_customer_by_each_rule(home: Home) -> None:
    found = resolve(
        home,
        {
            "1": contact("anna@example.org", "0155 00000001", loyalty="L1"),
            "2": contact(" ANNA@example.org", last_name="Wbeer"),
            "3": contact(phone="+49 155 00000001", last_name="WEBER"),
            "4": contact(loyalty="l1", last_name="Koch"),
            "5": contact("ben@example.org", "0155 00000001", last_name="Koch"),
        },
        {},
    )
    assert {found[key] for key in "1234"} == {found["1"]}
    assert found["5"] != found["1"], "a phone number alone joins nobody"


def test_a_guest_belongs_to_whoever_has_the_address(home: Home) -> None:
    found = resolve(home, {"1": contact("anna@example.org")}, {"77": "Anna@example.org", "78": "new@example.org"})
    assert found["guest-77"] == found["1"] != found["guest-78"]


def test_an_address_of_many_is_nobodys(home: Home) -> None:
    found = resolve(home, {str(n): contact("info@example.org", last_name=f"Name{n}") for n in range(9)}, {})
    assert len(set(found.values())) == 9


def test_somebody_may_order_as_a_guest_any_number_of_times(home: Home) -> None:
    guests = {str(number): "anna@example.org" for number in range(20)}
    assert len(set(resolve(home, {"1": contact("anna@example.org")}, guests).values())) == 1


def test_a_role_nobody_knows_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = load_entity("crm__contact")
    column = wrong.columns[3]
    broken = type(wrong)(**{**vars(wrong), "columns": (type(column)(**{**vars(column), "role": "e_mial"}),)})
    monkeypatch.setattr(people_of_night, "load_all", lambda: (broken,))
    with pytest.raises(UsageError, match="no role 'e_mial'"):
        resolve(home, {"1": contact("a@example.org")}, {})


def test_a_shared_address_joins_nobody_who_has_another_name_and_another_phone(home: Home) -> None:
    mother, daughter = {"first_name": "Anna"}, {"first_name": "Lena"}
    people = {
        "1": contact("weber@example.org", "0155 00000001") | mother,
        "2": contact("weber@example.org", "0155 00000002") | daughter,
        "3": contact("weber@example.org") | daughter,
        "4": contact("weber@example.org", "0155 00000003") | mother,
        "5": contact("weber@example.org", last_name="W"),
    }
    found = resolve(home, people, {"77": "weber@example.org"})
    assert found["1"] == found["4"] == found["5"] == found["guest-77"]
    assert found["2"] == found["3"] != found["1"], "a record that says less joins no two who are told apart"


def refusals(home: Home) -> list[tuple[str, str | None, int, int]]:
    with warehouse.candidate(home.root / "candidate", read_only=True) as connection:
        found = connection.execute("select reason, rule, records, descriptions from work.resolve.refusal order by all")
        return found.fetchall()


def test_what_joins_too_many_is_told(home: Home) -> None:
    resolve(home, {str(n): contact("info@example.org", last_name=f"Name{n}") for n in range(9)}, {})
    assert refusals(home) == [("shared_value", "same_email", 9, 9)]


def test_somebody_may_order_with_the_same_name_any_number_of_times(home: Home) -> None:
    assert len(set(resolve(home, {str(n): contact("anna@example.org") for n in range(20)}, {}).values())) == 1


def test_a_blob_is_told_and_not_built(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = load_people_rules()
    monkeypatch.setattr(customers, "load_people_rules", lambda: dataclasses.replace(rules, most_descriptions=4))
    chain = {str(n): contact(f"m{n // 2}@example.org", f"0155 0000000{(n + 1) // 2}") for n in range(6)}
    found = resolve(home, chain | {"77": contact("zoe@example.org"), "78": contact("zoe@example.org")}, {})
    assert found["77"] == found["78"] and len(set(found.values())) == 7
    assert refusals(home) == [("blob_by_rules", None, 6, 6)]


def test_a_steward_wins_over_every_rule_until_the_word_is_taken_back(home: Home) -> None:
    people = {
        "1": contact("anna@example.org", loyalty="L1"),
        "2": contact("anna@example.org", last_name="Koch"),
        "3": contact("ben@example.org", last_name="Koch"),
    }
    before = resolve(home, people, {})
    assert before["1"] == before["2"] != before["3"]
    judge(home, "2", "1", NOT_SAME, "mother and daughter")
    judge(home, "2", "3", SAME, "told so by phone")
    judged = resolve(home, people, {})
    assert judged["1"] != judged["2"] == judged["3"] and judged["1"] == before["1"]
    for pair in (("1", "2"), ("2", "3")):
        judge(home, *pair, WITHDRAWN, "an error")
    assert resolve(home, people, {}) == before


@settings(max_examples=5)
@given(st.data())
def test_whoever_was_judged_to_be_another_is_never_joined_whatever_joins_them(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    keys = [str(number) for number in range(7)]
    pairs = st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(keys)).filter(lambda pair: pair[0] != pair[1]))
    emails, apart = data.draw(st.lists(st.integers(0, 2), min_size=7, max_size=7)), data.draw(pairs)
    people = {key: contact(f"m{which}@example.org") for key, which in zip(keys, emails, strict=True)}
    home = Home(tmp_path_factory.mktemp("home"))
    before = resolve(home, people, {})
    for pair in apart:
        judge(home, *pair, NOT_SAME, "")
    found = resolve(home, people, {})
    assert all(found[one] != found[other] for one, other in apart)
    assert all(before[one] == before[other] for one in keys for other in keys if found[one] == found[other])
    for pair in apart:
        judge(home, *pair, WITHDRAWN, "")
    assert resolve(home, people, {}) == before


@settings(max_examples=4)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=8), st.integers(0, 2**16))
def test_customers_do_not_depend_on_the_order_and_a_split_gives_back_what_was(
    tmp_path_factory: pytest.TempPathFactory, shared: list[int], seed: int
) -> None:
    apart = {str(n): contact(f"own{n}@example.org") for n in range(len(shared))}
    merged = {str(n): contact(f"shared{which}@example.org") for n, which in enumerate(shared)}
    home = Home(tmp_path_factory.mktemp("home"))
    before = resolve(home, apart, {})
    together = resolve(home, merged, {})
    keys = list(merged)
    random.Random(seed).shuffle(keys)
    other = resolve(Home(tmp_path_factory.mktemp("home")), {key: merged[key] for key in keys}, {})
    assert _partition(together) == _partition(other) == _partition({str(n): which for n, which in enumerate(shared)})
    assert resolve(home, apart, {}) == before
    assert all(together[key] == before[min(group, key=int)] for group in _partition(together) for key in group)


def _partition(found: dict[str, int]) -> set[frozenset[str]]:
    return {frozenset(key for key in found if found[key] == customer) for customer in found.values()}
