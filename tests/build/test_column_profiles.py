"""A column's profile is what a plain count of its delivered rows says, and shows no value of a text."""

from __future__ import annotations

import gzip
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from regulars import config, warehouse
from regulars.build.bindings import accepted_by
from regulars.build.column_profiles import DAYS, bind_column_profiles
from regulars.config import Home
from regulars.errors import UsageError
from regulars.land.landing import land_source
from regulars.ledger import Ledger, content

WORLD = config.world("shop")
LAST = WORLD.alive_from + timedelta(days=60)
HEADER = "ticket_id,contact_id,opened_at,channel,topic,satisfaction,resolved_at\n"
Profile = dict[str, Any]


def deliver(home: Home, day: date, *rows: str) -> None:
    path = home.inbox / "crm" / f"support_contact_{day}.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress((HEADER + "".join(f"{row}\n" for row in rows)).encode(), mtime=0))


def profile(home: Home, known_by: datetime) -> dict[str, Profile]:
    """What is said of each column of a ticket."""
    folder = home.root / f"profiled {known_by}".replace(":", "")
    folder.mkdir(parents=True)
    for name in ("work", "regulars"):
        warehouse.create(folder / f"{name}.duckdb")
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema work.run; create schema work.landed")
        bind_column_profiles(connection, home, WORLD, accepted_by(home, known_by), known_by)
        found = connection.execute("select * from work.landed.column_summary where entity = 'support_contact'")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {row["column_name"]: row for row in rows}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("REGULARS_OPERATIONS_URL", raising=False)
    return Home(tmp_path / "home")


def landed(home: Home) -> None:
    """Land what was delivered; nothing stops it in a gate."""
    land_source(home, WORLD, "crm")
    with Ledger(home.operations_url).transaction() as connection:
        connection.execute(content.update().values(status="accepted"))


def test_counts_quartiles_lengths_and_shapes_are_those_of_the_rows(home: Home) -> None:
    at = f"{LAST}T10:00:00Z"
    deliver(
        home,
        LAST,
        f"1,7,{at},chat,Late-12,1,",
        f"2,7,{at},chat,Late-34,2,{at}",
        f"3,8,{at},phone,Übel ß,4,",
        f"4,8,{at},,,5,",
        f"5,9,{at},chat,x,,",
    )
    landed(home)
    found = profile(home, WORLD.known_by(LAST))
    assert {name: (one["rows"], one["known_rows"], one["distinct_values"]) for name, one in found.items()} == {
        "ticket_id": (5, 5, 5),
        "contact_id": (5, 5, 3),
        "opened_at": (5, 5, 1),
        "channel": (5, 4, 2),
        "topic": (5, 4, 4),
        "satisfaction": (5, 4, 4),
        "resolved_at": (5, 1, 1),
    }
    numbers = ("minimum", "lower_quartile", "median", "upper_quartile", "maximum")
    assert [found["satisfaction"][name] for name in numbers] == [Decimal(number) for number in (1, 1, 2, 4, 5)]
    assert found["resolved_at"]["latest"] == datetime.fromisoformat(at[:-1])
    assert (found["topic"]["shortest"], found["topic"]["longest"]) == (1, 7)
    assert found["topic"]["common_patterns"] == "Aaaa-99 (2), a (1), aaaa a (1)"
    assert found["channel"]["common_patterns"] == "aaaa (3), aaaaa (1)"


def test_a_profile_speaks_of_28_business_dates_and_of_what_was_known(home: Home) -> None:
    for number, days_before in enumerate((DAYS, DAYS - 1, 1, 0), start=1):
        day = LAST - timedelta(days=days_before)
        deliver(home, day, f"{number},7,{day}T10:00:00Z,chat,late,,")
    landed(home)
    found = profile(home, WORLD.known_by(LAST))["ticket_id"]
    assert (found["minimum"], found["rows"]) == (2, 3)
    assert (found["first_business_date"], found["last_business_date"]) == (LAST - timedelta(days=DAYS - 1), LAST)
    before = profile(home, WORLD.known_by(LAST - timedelta(days=1)))["ticket_id"]
    assert (before["minimum"], before["maximum"], before["rows"]) == (1, 3, 3)


def test_personal_columns_and_entities_without_rows_have_no_profile(home: Home) -> None:
    assert profile(home, WORLD.known_by(LAST)) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "crm__suport_contact.topic: {complete_at_least: 0}",
            "no landed column 'crm__suport_contact.topic'. Did you mean 'crm__support_contact.topic'",
        ),
        ("crm__contact.city: {complete: 0}", "Unknown key 'complete'. Did you mean 'complete_at_least'"),
    ],
)
def test_a_wrong_threshold_is_told(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    conf = tmp_path / "conf"
    for name in ("quality", "sources"):
        (conf / name).mkdir(parents=True)
        for path in (config.CONF / name).iterdir():
            (conf / name / path.name).write_bytes(path.read_bytes())
    with (conf / "quality" / "columns.yml").open("a") as file:
        file.write(f"  {text}\n")
    monkeypatch.setattr(config, "CONF", conf)
    with pytest.raises(UsageError, match=told.replace(".", r"\.")):
        profile(home, WORLD.known_by(LAST))
