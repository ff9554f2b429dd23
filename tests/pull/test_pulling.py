"""Each change is pulled once: after a kill, a late commit, a night left out, a backfill; of service and database."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from regulars import clock
from regulars.config import Home
from regulars.errors import UsageError
from regulars.land.inventory import inventory
from regulars.land.landing import land_source
from regulars.sources import load_pull
from tests.pull.conftest import WORLD, Shop
from tests.pull.database import Database
from tests.pull.help_desk import HelpDesk

DAY, NEXT_DAY, THIRD_DAY = (date(2025, 3, number) for number in (5, 6, 7))
ENTITY = "crm__support_contact"
OF_A_DATABASE = """
connection: crm_database
watermark: changed_at
overlap_minutes: 15
postgres:
  query: |
    select id as ticket_id, contact_id, opened_at, channel, topic, null as satisfaction, resolved_at, changed_at
    from desk.ticket where topic not like '%spam%';
"""
COLUMNS = (
    "id bigint, contact_id int, opened_at timestamptz, channel text, topic text, resolved_at timestamptz, "
    "changed_at timestamptz"
)

Put = Callable[[int, str], None]


@pytest.fixture(params=["service", pytest.param("database", marks=pytest.mark.postgres)])
def put(request: pytest.FixtureRequest, shop: Shop) -> Iterator[Put]:
    """Changes a ticket at the source; the instant is in UTC, an hour behind the business zone."""
    if request.param == "database":
        shop.only(ENTITY)
        (shop.conf / "pulls" / f"{ENTITY}.yml").write_text(OF_A_DATABASE)
        database = Database(request.getfixturevalue("postgres"))
        shop.connections["crm_database"] = database.connection
        database.fill("desk.ticket", COLUMNS, [])

        def put_row(number: int, changed_at: str) -> None:
            database.run(f"delete from desk.ticket where id = {number}")
            database.fill("desk.ticket", COLUMNS, [(number, number, changed_at, "chat", "late", None, changed_at)])

        yield put_row
        return
    desk: HelpDesk = request.getfixturevalue("desk")

    def put_ticket(number: int, changed_at: str) -> None:
        desk.tickets = [one for one in desk.tickets if one["id"] != number]
        said = {"id": number, "requester": {"contact_id": number}, "opened_at": changed_at, "changed_at": changed_at}
        desk.tickets.append(said)

    yield put_ticket


def landed(shop: Shop) -> list[int]:
    """Land, and give the numbers of all accepted tickets, as often as they came."""
    summary = land_source(shop.home, WORLD, "crm")
    assert summary["problems"] == []
    return sorted(row["ticket_id"] for row in shop.accepted("support_contact"))


def stretches(shop: Shop) -> list[tuple[datetime | None, datetime]]:
    return [(row["since"], row["until"]) for row in shop.pulls()]


def test_each_night_asks_for_what_changed_since_the_one_before_and_the_overlap(shop: Shop, put: Put) -> None:
    for number, changed_at in enumerate(["2019-01-01T00:00:00Z", "2025-03-05T22:59:59Z", "2025-03-05T23:00:00Z"], 1):
        put(number, changed_at)
    shop.pull(DAY)
    assert landed(shop) == [1, 2]
    put(4, "2025-03-06T22:00:00Z")
    shop.pull(NEXT_DAY)
    end, next_end = datetime(2025, 3, 5, 23), datetime(2025, 3, 6, 23)
    assert stretches(shop) == [(None, end), (datetime(2025, 3, 5, 22, 45), next_end)]
    # Ticket 2 lies in the overlap: it comes twice, and its key tells.
    assert landed(shop) == [1, 2, 2, 3, 4]


def test_a_change_that_is_committed_late_comes_with_the_next_night(shop: Shop, put: Put) -> None:
    shop.pull(DAY)
    put(1, "2025-03-05T22:50:00Z")
    put(2, "2025-03-05T22:40:00Z")
    shop.pull(NEXT_DAY)
    # Ten minutes are within the overlap of fifteen; twenty are not, as docs/pulls.md says.
    assert landed(shop) == [1]


def test_nights_left_out_are_caught_up_each_in_a_file_of_its_own(shop: Shop, put: Put) -> None:
    shop.pull(DAY)
    put(1, "2025-03-06T10:00:00Z")
    put(2, "2025-03-07T10:00:00Z")
    files = shop.pull(THIRD_DAY)["entities"][ENTITY]["files"]
    assert files == [f"support_contact_{day}.csv.gz" for day in (NEXT_DAY, THIRD_DAY)]
    assert landed(shop) == [1, 2]


def test_a_second_pull_asks_nothing_and_one_by_hand_brings_a_correction(shop: Shop, put: Put) -> None:
    put(1, "2025-03-05T10:00:00Z")
    shop.pull(DAY)
    before = shop.files()
    put(2, "2025-03-05T11:00:00Z")
    assert shop.pull(DAY)["entities"][ENTITY] == {"rows": 0, "files": []}
    assert shop.files() == before
    assert landed(shop) == [1]
    assert shop.pull(DAY, again=True)["entities"][ENTITY]["rows"] == 2
    assert stretches(shop) == [(None, datetime(2025, 3, 5, 23))]
    assert landed(shop) == [1, 1, 2]


def test_pulling_again_what_has_not_changed_gives_the_same_bytes(shop: Shop, put: Put) -> None:
    put(1, "2025-03-05T10:00:00Z")
    shop.pull(DAY)
    landed(shop)
    before = shop.files()
    shop.pull(DAY, again=True)
    assert shop.files() == before
    assert landed(shop) == [1]


def test_a_past_day_is_pulled_alone_and_moves_no_watermark(shop: Shop, put: Put) -> None:
    for number, changed_at in enumerate(["2025-03-04T10:00:00Z", "2025-03-05T10:00:00Z", "2025-03-06T10:00:00Z"], 1):
        put(number, changed_at)
    shop.pull(THIRD_DAY)
    assert shop.pull(DAY)["entities"][ENTITY]["rows"] == 1
    shop.pull(date(2025, 3, 8))
    assert stretches(shop)[-1][0] == datetime(2025, 3, 7, 22, 45)
    assert landed(shop) == [1, 2, 2, 3]


@pytest.mark.parametrize("point", ["pull.mid_rows:kill:2", "durable.before_replace:kill", "pull.after_file:kill"])
def test_a_pull_killed_anywhere_and_run_again_leaves_no_trace(shop: Shop, put: Put, point: str, tmp_path: Path) -> None:
    put(1, "2025-03-05T10:00:00Z")
    put(2, "2025-03-05T10:00:00Z")
    apart = multiprocessing.get_context("fork").Process(target=_pull_and_meet, args=(shop, point))
    apart.start()
    apart.join()
    assert apart.exitcode == -signal.SIGKILL
    assert shop.pulls() == []
    shop.pull(DAY)
    shop.pull(NEXT_DAY)
    assert [row["rows"] for row in shop.pulls()] == [2, 0]
    whole = Shop(Home(tmp_path / "without a kill"), shop.conf, shop.connections)
    whole.pull(DAY)
    whole.pull(NEXT_DAY)
    assert shop.files() == whole.files()
    assert landed(shop) == [1, 2]


def _pull_and_meet(shop: Shop, point: str) -> None:
    os.environ["REGULARS_FAILPOINT"] = point
    shop.pull(DAY)


def test_a_file_that_was_dropped_is_not_replaced(shop: Shop, put: Put) -> None:
    dropped = shop.home.inbox / "crm" / f"support_contact_{DAY}.csv.gz"
    dropped.parent.mkdir(parents=True)
    dropped.write_bytes(b"by somebody else")
    (problem,) = shop.pull(DAY)["problems"]
    assert "was dropped, and is not replaced" in problem["reason"]
    assert dropped.read_bytes() == b"by somebody else"


def test_a_pull_on_the_day_after_is_known_at_that_moment_and_a_later_one_when_a_file_would_have_been(
    shop: Shop, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(1, "2025-03-05T10:00:00Z")
    for day, now in ((DAY, datetime(2025, 3, 6, 1, 30)), (NEXT_DAY, datetime(2025, 4, 1))):
        monkeypatch.setattr(clock, "utc_now", lambda now=now: now)
        put(day.day, f"{day}T10:00:00Z")
        shop.pull(day)
    monkeypatch.undo()
    landed(shop)
    known = {row["ticket_id"]: row["_known_at"] for row in shop.accepted("support_contact")}
    assert known[5] == datetime(2025, 3, 6, 1, 30)
    assert known[6] == datetime(2025, 3, 7, 3)


def test_the_inventory_says_by_which_way_each_entity_comes(shop: Shop) -> None:
    ways = {f"{row['source']}__{row['entity']}": row["access"] for row in inventory(shop.home, WORLD)}
    assert ways["crm__contact"] == "PostgreSQL crm_database"
    assert ways[ENTITY] == "HTTP help_desk"
    assert ways["transactions__order"] == "files"


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (ENTITY, "watermark", "watermrak", "Unknown key 'watermrak'. Did you mean 'watermark'"),
        (ENTITY, "contact_id: req", "contact_if: req", "Did you mean 'contact_id'"),
        (ENTITY, ", next: meta.next_cursor", "", "page needs `next` with a cursor"),
        ("crm__contact", "postgres:\n  table: crm.contact", "", "does not have enough properties"),
        ("crm__contact", "  table: crm.contact", "  table: crm.contact\n  query: select", "has too many properties"),
    ],
)
def test_a_wrong_file_of_conf_pulls_is_told_with_its_place(
    shop: Shop, name: str, old: str, new: str, told: str
) -> None:
    shop.change(name, old, new)
    with pytest.raises(UsageError) as refused:
        load_pull(name)
    assert told in str(refused.value) and f"pulls/{name}.yml" in refused.value.where


def test_what_two_pulls_differ_in_is_what_the_schema_asks_for(shop: Shop) -> None:
    both: list[Any] = [load_pull(name) for name in ("crm__contact", ENTITY)]
    assert all(
        len({getattr(pull, field) for pull in both}) == 2 for field in ("connection", "watermark", "overlap_minutes")
    )
