"""Bought rows speak of whoever has the same identifier, hashed or not; of several customers they speak of none."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from regulars import warehouse
from regulars.config import Home
from regulars.errors import UsageError
from regulars.land.storage import write_table
from regulars.sources import load_entity
from tests.resolve.small_night import contact, resolve

CONSUMER = load_entity("enrichment__consumer")
Night = tuple[Home, dict[str, int], list[tuple[Any, ...]]]
"""A home, the customer_id of each record in it, and the rows of the table."""


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


PEOPLE = {
    "1": contact("anna@example.org", "0155 00000001") | {"postcode": "10 115"},
    "2": contact("ben@example.org", "0155 00000002", "Koch") | {"country": "Germany", "postcode": "10115"},
    # Mother and daughter with one address.
    "3": contact("we@example.org", "0155 00000003", "Lang")
    | {"first_name": "Ida", "country": "AT", "postcode": "10115"},
    "4": contact("we@example.org", "0155 00000004", "Lang") | {"first_name": "Eva"},
}

BOUGHT: list[tuple[str | None, str | None, tuple[str, str | None] | None]] = [
    (hashed("anna@example.org"), None, ("email", "1")),
    (" Ben@Example.ORG ", None, ("email", "2")),
    (hashed("anna@example.org").upper(), hashed("+4915500000002"), ("email", "1")),
    (hashed("nobody@example.org"), hashed("+4915500000002"), ("phone", "2")),
    (None, "+49 155 00000001", ("phone", "1")),
    (hashed("we@example.org"), None, ("email", None)),
    (hashed("we@example.org"), hashed("+4915500000004"), ("phone", "4")),
    (hashed("new@example.org"), None, ("email", "guest-77")),
    (hashed("nobody@example.org"), None, None),
    (None, None, None),
    ("", hashed(""), None),
]
"""E-mail and telephone number as delivered; by which of them the row joins whom."""

LANDED = {
    "enrichment__consumer": f"select 'c' as _content, line as _line from range({len(BOUGHT)}) as row (line)",
    "enrichment__area": """
        select *, 'd' as _content
        from (values ('DE', '10115', 0), ('AT', '10115', 1), ('CH', '10115', 2), ('Germany', '10-115', 3))
            as row (country, postcode, _line)
    """,
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def found(home: Home) -> tuple[dict[str, int], list[tuple[Any, ...]]]:
    """customer_id by record, and the rows of the table."""
    personal = {
        "email_sha256": pa.array([email for email, _, _ in BOUGHT], pa.string()),
        "phone_sha256": pa.array([phone for _, phone, _ in BOUGHT], pa.string()),
        "_content": pa.array(["c"] * len(BOUGHT)),
        "_line": pa.array(range(len(BOUGHT)), pa.int64()),
    }
    write_table(pa.table(personal), CONSUMER.personal_rows(home, "c"))
    customers = resolve(home, {key: dict(person) for key, person in PEOPLE.items()}, {"77": "New@example.org"}, LANDED)
    with warehouse.candidate(home.root / "candidate", read_only=True) as connection:
        rows = connection.execute("select * exclude (content_sha256) from work.resolve.enriched_row").fetchall()
    return customers, rows


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    home = Home(tmp_path_factory.mktemp("night"))
    return home, *found(home)


def test_a_row_joins_by_the_first_identifier_that_is_of_one_customer(night: Night, home: Home) -> None:
    _, customers, rows = night
    wanted = {
        (CONSUMER.name, line, joined[0], joined[1] and customers[joined[1]])
        for line, (_, _, joined) in enumerate(BOUGHT)
        if joined
    }
    assert {row for row in rows if row[0] == CONSUMER.name} == wanted
    assert len(rows) == len(set(rows))
    assert found(home) == (customers, rows)


def test_an_area_speaks_of_everybody_in_it_and_of_nobody_in_another_country(night: Night) -> None:
    _, customers, rows = night
    joined = {(line, customer) for entity, line, _, customer in rows if entity == "enrichment__area"}
    germans, austrian = {customers["1"], customers["2"]}, customers["3"]
    assert joined == {(line, one) for line in (0, 3) for one in germans} | {(1, austrian)}


def test_a_role_nobody_has_is_told_with_the_nearest(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CONSUMER.enriches
    other = replace(CONSUMER, enriches=replace(CONSUMER.enriches, by=({"emial": "email_sha256"},)))
    monkeypatch.setattr("regulars.resolve.enrichment.load_entities", lambda _: (other,))
    with pytest.raises(UsageError, match=r"(?s)join by 'emial'.*Did you mean 'email'"):
        found(home)


def test_no_identifier_leaves_personal(night: Night) -> None:
    home, *_ = night
    stored = b"".join(path.read_bytes() for path in (home.root / "candidate").iterdir())
    assert b"crm__contact" in stored
    told = [email for email, _, _ in BOUGHT if email and "@" not in email]
    assert not [one for one in (*told, "anna@example.org", "15500000001") if one.encode() in stored]
