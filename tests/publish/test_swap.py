"""One swap, the last five kept, rollback, and what a kill between two steps leaves."""

from __future__ import annotations

import json
import shutil
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from regulars import ledger, warehouse
from regulars.config import Home, World, world
from regulars.errors import RegularsError, UsageError
from regulars.publish import swap
from regulars.publish.night import publish_night

NIGHT = date(2017, 12, 31)


@pytest.fixture
def home(tmp_path: Path, operations_url: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("REGULARS_OPERATIONS_URL", operations_url)
    return Home(tmp_path)


@pytest.fixture
def shop() -> World:
    return world("complete_journey")


def candidate(home: Home, night: date, customers: int) -> None:
    """A candidate of two small marts, begun on top of what is in front."""
    folder = home.candidate(night)
    warehouse.create(folder / "regulars.duckdb")
    warehouse.create(folder / "work.duckdb")
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute("create table marts.dim_customer as select range as customer_id from range(?)", [customers])
        connection.execute(
            "create table marts.customer_score as select range as customer_id from range(?)", [customers]
        )
        connection.execute(
            "create table marts.publication (publication_id varchar, as_of timestamp, business_date date, "
            "content_hash varchar, code_version varchar, built_at timestamp, world varchar, is_simulated boolean)"
        )
    (folder / "report.html").write_text("<p>report</p>")
    run = {"run_id": "test", "base": home.in_front, "inputs": "x"}
    (folder / "run.json").write_text(json.dumps(run))


def publish(home: Home, shop: World, customers: int, night: date = NIGHT) -> str:
    candidate(home, night, customers)
    return str(publish_night(home, shop, night, "test")["publication_id"])


def customers_in_front(home: Home) -> int:
    with warehouse.published(home.published_database) as connection:
        return connection.execute("select count(*) from dim_customer").fetchone()[0]


def test_readers_see_a_publication_with_one_row_that_names_it(home: Home, shop: World) -> None:
    name = publish(home, shop, 3)
    with warehouse.published(home.published_database) as connection:
        assert connection.execute("select publication_id, as_of from publication").fetchall() == [
            (name, shop.as_of(NIGHT))
        ]
    assert (home.published / "report.html").exists()
    assert (home.published / "parquet" / "dim_customer.parquet").exists()
    assert not home.candidate(NIGHT).exists()


def test_the_same_content_is_the_same_publication(home: Home, shop: World) -> None:
    first = publish(home, shop, 3)
    candidate(home, NIGHT, 3)
    again = publish_night(home, shop, NIGHT, "test")
    assert again == {"publication_id": first, "changed": False}


def test_the_same_content_drawn_anew_changes_the_page_only(home: Home, shop: World) -> None:
    publish(home, shop, 3)
    candidate(home, NIGHT, 3)
    (home.candidate(NIGHT) / "report.html").write_text("<p>drawn anew</p>")
    publish_night(home, shop, NIGHT, "test")
    assert (home.published / "report.html").read_text() == "<p>drawn anew</p>"


def test_a_published_file_has_no_write_ahead_log_and_opens_read_only(home: Home, shop: World) -> None:
    publish(home, shop, 3)
    assert list(home.published.resolve().glob("*.wal")) == []
    with warehouse.published(home.published_database) as connection, pytest.raises(Exception, match="read-only"):
        connection.execute("delete from dim_customer")


@pytest.mark.parametrize("statement", ["copy dim_customer to 'x.csv'", "attach 'x.duckdb'", "set threads = 1"])
def test_an_analyst_cannot_leave_the_published_file(home: Home, shop: World, statement: str) -> None:
    publish(home, shop, 3)
    with warehouse.published(home.published_database) as connection, pytest.raises(Exception, match=r"disabled|locked"):
        connection.execute(statement)


def test_rollback_puts_the_one_before_back_and_can_name_one(home: Home, shop: World) -> None:
    first, second = publish(home, shop, 3), publish(home, shop, 4)
    assert home.in_front == second
    assert swap.rollback(home) == first
    assert customers_in_front(home) == 3
    assert swap.rollback(home, second) == second
    assert customers_in_front(home) == 4


def test_rollback_without_an_earlier_one_says_so(home: Home, shop: World) -> None:
    publish(home, shop, 3)
    with pytest.raises(UsageError, match="no earlier publication"):
        swap.rollback(home)


def test_rollback_to_an_unknown_one_names_the_nearest(home: Home, shop: World) -> None:
    name = publish(home, shop, 3)
    with pytest.raises(UsageError, match=f"Did you mean '{name}'"):
        swap.rollback(home, name[:-1])


def test_the_last_five_stay_and_the_one_in_front_among_them(home: Home, shop: World) -> None:
    names = [publish(home, shop, size) for size in range(1, 8)]
    kept = {path.name for path in home.publications.iterdir()}
    assert kept == set(names[-5:])


def test_a_run_of_an_earlier_night_stays_beside(home: Home, shop: World) -> None:
    front = publish(home, shop, 3)
    earlier = publish(home, shop, 2, NIGHT - timedelta(days=1))
    assert home.in_front == front
    assert (home.publications / earlier / "regulars.duckdb").exists()
    assert swap.publications_of(home, NIGHT - timedelta(days=1)) == [earlier]


def test_nights_built_beside_stay_by_their_date_the_last_built_of_each(home: Home, shop: World) -> None:
    front = publish(home, shop, 9)
    beside = [
        publish(home, shop, customers, NIGHT - timedelta(days=ago)) for ago, customers in ((3, 1), (2, 2), (2, 3))
    ]
    assert home.in_front == front
    assert sorted(path.name for path in home.publications.iterdir()) == sorted([front, beside[0], beside[2]])
    assert swap.keep_last(home, kept_beside=1) == [beside[0]]


def test_publishing_is_refused_when_another_run_published_meanwhile(home: Home, shop: World) -> None:
    publish(home, shop, 3)
    candidate(home, NIGHT, 5)
    kept = shutil.copytree(home.candidate(NIGHT), home.root / "kept")
    publish_night(home, shop, NIGHT, "test")
    candidate(home, NIGHT, 6)
    (home.candidate(NIGHT) / "run.json").write_text((kept / "run.json").read_text())
    with pytest.raises(RegularsError, match="was published while this run was at work"):
        publish_night(home, shop, NIGHT, "test")


def test_a_kill_after_the_swap_is_repaired_in_the_log(home: Home, shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    candidate(home, NIGHT, 3)
    monkeypatch.setenv("REGULARS_FAILPOINT", "publish.after_swap_before_log:raise")
    with pytest.raises(RuntimeError):
        publish_night(home, shop, NIGHT, "test")
    monkeypatch.delenv("REGULARS_FAILPOINT")
    swap.repair(home)
    rows = ledger.Ledger(home.operations_url).rows(ledger.publication.select())
    assert [row["publication_id"] for row in rows if row["activated_at"]] == [home.in_front]


def test_a_polling_reader_never_fails_and_sees_whole_publications(home: Home, shop: World) -> None:
    publish(home, shop, 1)
    seen: list[tuple[int, int]] = []
    problems: list[Exception] = []
    stop = threading.Event()

    def poll() -> None:
        while not stop.is_set():
            try:
                with warehouse.published(home.published_database) as connection:
                    count = connection.execute("select count(*) from dim_customer").fetchone()[0]
                    again = connection.execute("select max(customer_id) + 1 from dim_customer").fetchone()[0]
                    seen.append((count, again))
            except Exception as problem:
                problems.append(problem)

    reader = threading.Thread(target=poll)
    reader.start()
    for size in range(2, 12):
        publish(home, shop, size)
    stop.set()
    reader.join()
    assert problems == []
    assert seen and all(count == again for count, again in seen)


def test_what_a_night_said_of_its_customers_outlives_its_publication_and_the_last_word_counts(
    home: Home, shop: World
) -> None:
    nights = [NIGHT - timedelta(days=back) for back in range(swap.KEPT + 1, -1, -1)]
    for customers, night in enumerate(nights, start=1):
        publish(home, shop, customers, night)
    first = publish(home, shop, 40, nights[-1])
    assert home.in_front == first and len(list(home.publications.iterdir())) == swap.KEPT
    with warehouse.memory() as connection:
        kept = connection.execute(
            "select filename.parse_filename(true), count(*) from read_parquet(?, filename = true) "
            "group by all order by all",
            [str(home.scores / "*.parquet")],
        ).fetchall()
    assert kept == [(str(night), 40 if night == NIGHT else said) for said, night in enumerate(nights, start=1)]
