"""Of a personal text landing says how long it is and how it sounds; the text itself stays in `personal/`."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars import config
from regulars.config import Home
from regulars.land.landing import land_source
from regulars.land.replay import ALL, replay_source
from regulars.land.texts import length_class, sentiment_basis_points

KNOWN = {
    "VADER is smart, handsome, and funny.": 8316,
    "VADER is smart, handsome, and funny!": 8439,
    "VADER is very smart, handsome, and funny.": 8545,
    "VADER is VERY SMART, handsome, and FUNNY.": 9227,
    "VADER is VERY SMART, handsome, and FUNNY!!!": 9342,
    "VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!": 9469,
    "VADER is not smart, handsome, nor funny.": -7424,
    "The book was good.": 4404,
    "At least it isn't a horrible book.": 4310,
    "The book was only kind of good.": 3832,
    "The plot was good, but the characters are uncompelling and the dialog is not great.": -7042,
    "Today SUX!": -5461,
    "Today only kinda sux! But I'll get by, lol": 5249,
    "Make sure you :) or :D today!": 8633,
    "Catch utf-8 emoji such as such as 💘 and 💋 and 😁": 8750,
    "Not bad at all": 4310,
}
"""The example sentences VADER's authors publish, with their compound scores."""

DAY = "2025-03-01"
TEXT = "Really happy with my order"
HEADER = "engagement_id,happened_at,network,kind,contact_id,handle,topic,language,text\n"
ROWS = f"a,{DAY}T10:00:00Z,circle,comment,5,@somebody,Tea,en-GB,{TEXT}\nb,{DAY}T10:00:00Z,circle,reaction,,@x,,,\n"


def test_the_examples_of_its_authors_are_scored_as_they_say() -> None:
    assert {text: sentiment_basis_points(text, "en") for text in KNOWN} == KNOWN


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("Great!", None),
        ("Great!", "de"),
        ("Great!", "enm"),
        ("I bought it on Monday", "en"),
    ],
)
def test_what_nothing_can_be_said_of_has_no_score(text: str | None, language: str | None) -> None:
    assert sentiment_basis_points(text, language) is None


def test_every_english_counts_as_english() -> None:
    assert {sentiment_basis_points("The book was good.", said) for said in ("en", "EN", "en-GB", "en_US")} == {4404}


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.text() | st.lists(st.sampled_from(["good", "not", "BAD", "!", "😀", ":)", "very", "'"])).map(" ".join))
def test_any_text_has_a_score_within_bounds_or_none(text: str) -> None:
    score = sentiment_basis_points(text, "en")
    assert score is None or -10_000 <= score <= 10_000
    assert score == sentiment_basis_points(text, "en")


def test_a_text_is_short_medium_or_long_by_its_characters() -> None:
    assert [length_class("x" * length) for length in (0, 1, 80, 81, 280, 281)] == [
        None, "short", "short", "medium", "medium", "long",
    ]  # fmt: skip
    assert length_class(None) is None
    assert length_class(" \n") is None


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    folder = home.inbox / "social"
    folder.mkdir(parents=True)
    (folder / f"engagement_{DAY}.csv.gz").write_bytes(gzip.compress((HEADER + ROWS).encode()))
    return home


def test_a_text_is_scored_while_it_lands_and_stays_in_personal(home: Home) -> None:
    world = config.world("shop")
    assert land_source(home, world, "social")["entities"]["social__engagement"]["accepted_rows"] == 2
    (landed,) = (home.landed / "social").rglob("*.parquet")
    rows = pq.read_table(landed).to_pylist()
    assert [(row["text_length"], row["sentiment_basis_points"]) for row in rows] == [("short", 6115), (None, None)]
    assert not {"text", "handle"} & set(rows[0])
    (personal,) = (home.personal / "social").rglob("*.parquet")
    assert [row["text"] for row in pq.read_table(personal).to_pylist()] == [TEXT, None]
    before = landed.read_bytes()
    landed.unlink()
    replay_source(home, world, "social", ALL, "a run")
    assert landed.read_bytes() == before


def test_a_file_that_brings_a_score_of_its_own_is_not_believed(home: Home) -> None:
    path = home.inbox / "social" / f"engagement_{DAY}.csv.gz"
    more = HEADER.strip() + ",sentiment_basis_points\n" + ROWS.replace(TEXT, f"{TEXT},1").replace(",,\n", ",,,1\n")
    path.write_bytes(gzip.compress(more.encode()))
    told = land_source(home, config.world("shop"), "social")
    assert told["drift"][0]["reason"] == "additional columns: sentiment_basis_points"
    (landed,) = (home.landed / "social").rglob("*.parquet")
    assert [row["sentiment_basis_points"] for row in pq.read_table(landed).to_pylist()] == [6115, None]
