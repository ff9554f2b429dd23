"""What a contract may ask of a text, and the range of a number: another value sets the row apart, with the reason."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import warehouse
from regulars.land.quarantine import list_quarantine
from regulars.land.typed_sql import _FORMAT
from regulars.sources import Column, load_all
from tests.land.corner_shop import DAY, SALES, Shop, sales, zipped

GOOD = (
    "a@b.co",
    "first.last+tag@shop.example.org",
    "o'neil@x-y.de",
    "UPPER@EXAMPLE.ORG",
    "1_2@sub.domain.museum",
    "x" * 64 + "@b.co",
)
BAD = (
    "a@b",
    "a.b.co",
    "a@@b.co",
    "a@b..co",
    "a@-b.co",
    "a b@c.de",
    "@b.co",
    "a@",
    "ä@b.co",
    "a@b.co\n",
    "a@b.co;c@d.ef",
    "x" * 65 + "@b.co",
)


def is_email(texts: list[str]) -> list[bool]:
    with warehouse.memory() as connection:
        return [
            bool(answer)
            for text in texts
            for answer in connection.execute("select regexp_full_match(?, ?)", [text, _FORMAT["email"][0]]).fetchone()
            or ()
        ]


def test_addresses_people_have_are_taken_and_others_are_not() -> None:
    assert is_email([*GOOD, *BAD]) == [True] * len(GOOD) + [False] * len(BAD)


@settings(max_examples=60)
@given(st.emails(domains=st.sampled_from(["example.org", "shop.example.co.uk"])))
def test_every_address_of_ordinary_signs_is_taken(address: str) -> None:
    local = address.split("@")[0]
    wanted = re.fullmatch(r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+", local) is not None
    assert is_email([address]) == [wanted]


def test_a_row_with_no_address_in_its_address_column_is_set_apart_and_a_missing_one_is_not(shop: Shop) -> None:
    people = [f"{number},N,{number}@example.org,Leh" for number in range(1, 200)]
    rows = ["person_id,name,email,city", *people, "200,N,nobody at example,Leh", "201,N,,Leh"]
    shop.drop(f"person_{DAY}.csv.gz", zipped("".join(f"{row}\n" for row in rows).encode()))
    shop.land()
    assert shop.content()["accepted_rows"] == 200
    (apart,) = list_quarantine(shop.home)
    assert (apart["reason"], apart["rows"]) == ("email: not an e-mail address", 1)


@pytest.mark.parametrize(("amount", "told"), [("1000000.01", "above 1000000"), ("1000000.00", "")])
def test_a_value_outside_its_range_is_set_apart_and_its_bounds_belong_to_it(shop: Shop, amount: str, told: str) -> None:
    shop.drop(f"sale_{DAY}.csv", sales(*SALES, f"11,,{amount},2024-03-05T08:00:00Z,"))
    shop.land()
    assert [row["reason"] for row in list_quarantine(shop.home)] == ([f"amount: {told}"] if told else [])


def test_two_shipped_contracts_ask_for_addresses_and_one_bounds_the_year_of_birth() -> None:
    columns: list[tuple[str, Column]] = [(entity.name, column) for entity in load_all() for column in entity.columns]
    assert {name for name, column in columns if column.format == "email"} == {"crm__contact", "transactions__order"}
    (year,) = [column for _, column in columns if column.name == "birth_year"]
    assert year.minimum is not None and year.maximum is not None
