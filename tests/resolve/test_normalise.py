"""One value written in several ways is one value for matching; what cannot be read stays what it was."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import warehouse
from regulars.resolve.normalise import folded, written_in_one_way


def written(kind: str, values: list[str | None], country: list[str] | None = None) -> list[str | None]:
    with warehouse.memory() as connection:
        columns = {"n": range(len(values)), "value": pa.array(values, pa.string())}
        connection.register("given", pa.table(columns | {"country": pa.array(country or [""] * len(values))}))
        connection.execute("create table people as select * from given")
        written_in_one_way(connection, "people", {"value": (kind, "country" if country else "")})
        return [value for (value,) in connection.execute("select value from people order by n").fetchall()]


@pytest.mark.parametrize(
    ("kind", "ways", "one"),
    [
        ("name", ["Jürgen", " JÜRGEN ", "ju\u0308rgen", "Ｊürgen"], "jurgen"),
        ("name", ["O'Neill-Smith", "o neill smith"], "o neill smith"),
        ("address", ["Am Markt 3", "AM MARKT, 3"], "am markt 3"),
        ("number", ["L-000 123", "l000123"], "l000123"),
        ("date", ["1971-06-24", "19710624", "24.06.1971", "24.6.1971"], "19710624"),
        ("email", ["Ann@Example.COM", " ann@example.com"], "ann@example.com"),
        ("email", ["ann@bücher.example", "ANN@xn--bcher-kva.example"], "ann@bücher.example"),
        ("phone", ["+49 155 00000001", "0049 155/0000-0001", "+4915500000001"], "+4915500000001"),
    ],
)
def test_several_ways_become_one(kind: str, ways: list[str], one: str) -> None:
    assert written(kind, list(ways)) == [one] * len(ways)


def test_a_national_number_is_read_by_its_country() -> None:
    assert written("phone", ["0155 00000001"] * 2, ["DE", "AT"]) == ["+4915500000001", "+4315500000001"]
    assert written("phone", ["0155 00000001"]) == ["15500000001"], "without a country its own digits stand for it"


def test_what_cannot_be_read_stays_and_a_blank_is_unknown() -> None:
    assert written("email", ["not an address", "", None]) == ["not an address", None, None]
    assert written("phone", ["ask reception", "n/a", "0155 7", ""]) == [None, None, None, None]
    assert written("name", ["…", None]) == [None, None]


@settings(max_examples=20)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=8), st.sampled_from(["name", "number", "email", "phone"]))
def test_to_write_it_twice_changes_nothing_more(values: list[str], kind: str) -> None:
    once = written(kind, list(values))
    assert written(kind, once) == once


@given(st.text())
def test_folding_does_not_depend_on_case_or_composition(text: str) -> None:
    assert folded(folded(text)) == folded(text)
