"""When a night need not run again, and when it must not run at all."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from regulars import config, ledger
from regulars.build.base import made_from
from regulars.build.bindings import accepted_by, bind_landed
from regulars.build.inputs import built, code_fingerprint, fingerprint, has_unclaimed_files
from regulars.build.night import begin
from regulars.build.receipts import missing_receipts, require_receipts, went_without
from regulars.config import Home, world
from regulars.errors import DataHeld, RegularsError
from regulars.sources import load_all
from regulars.warehouse import candidate, memory, quoted

NIGHT = date(2017, 12, 31)
SHOP = world("complete_journey")
DAILY = (("transactions", "basket_line"), ("crm", "household"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def deliver(
    home: Home,
    source: str,
    entity: str,
    day: date = NIGHT,
    sha: str = "a" * 64,
    status: str = "accepted",
    rows: int = 0,
    hours: int = 6,
) -> None:
    """A receipt and its content, as landing writes them; known so many hours after the day, in UTC."""
    store = ledger.Ledger(home.operations_url)
    key = {"source": source, "entity": entity, "content_sha256": sha, "business_date": day}
    known = datetime.combine(day, datetime.min.time()) + timedelta(days=1, hours=hours)
    receipt = {"name": f"{entity}_{day}", "bytes": 1, "known_at": known, "landed_at": known}
    counts = {"read_rows": rows, "accepted_rows": rows, "quarantined_rows": 0, "set_aside_rows": 0}
    with store.transaction() as connection:
        store.upsert(connection, ledger.delivery, [{**key, **receipt, "inbox_size": 1, "inbox_mtime_ns": 1}])
        store.upsert(connection, ledger.content, [{**key, **counts, "status": status, "reason": ""}])


def test_a_night_waits_for_each_required_source_of_its_day(home: Home) -> None:
    deliver(home, "crm", "household")
    deliver(home, "transactions", "basket_line", NIGHT - timedelta(days=1))
    assert missing_receipts(home, SHOP, NIGHT) == [
        "transactions__basket_line of 2017-12-31",
        "transactions__product of 2017-12-31",
    ]


def test_what_is_delivered_once_need_not_come_again_and_what_is_optional_need_not_come(home: Home) -> None:
    deliver(home, "transactions", "product", date(2017, 1, 1))
    for source, entity in DAILY:
        deliver(home, source, entity)
    require_receipts(home, SHOP, NIGHT)


@pytest.mark.parametrize("status", ["landed", "held", "refused"])
def test_what_no_gate_accepted_does_not_count(home: Home, status: str) -> None:
    deliver(home, "transactions", "product", date(2017, 1, 1))
    deliver(home, *DAILY[0])
    deliver(home, *DAILY[1], status=status)
    with pytest.raises(DataHeld, match="Nothing accepted of crm__household"):
        require_receipts(home, SHOP, NIGHT)


def test_an_earlier_day_whose_only_file_was_refused_is_not_left_out_in_silence(home: Home) -> None:
    deliver(home, "transactions", "product", date(2017, 1, 1))
    for source, entity in DAILY:
        deliver(home, source, entity)
    deliver(home, *DAILY[0], NIGHT - timedelta(days=9), sha="c" * 64, status="refused")
    with pytest.raises(DataHeld, match="Nothing accepted of transactions__basket_line of 2017-12-22"):
        require_receipts(home, SHOP, NIGHT)
    deliver(home, *DAILY[0], NIGHT - timedelta(days=9), sha="d" * 64)
    require_receipts(home, SHOP, NIGHT)


def test_what_came_after_the_cut_off_was_not_there_in_a_night_built_later(home: Home) -> None:
    shop, day = world("shop"), date(2025, 3, 1)
    deliver(home, "web", "interaction", day, hours=53)
    assert "web__interaction" in went_without(home, shop, day)
    deliver(home, "web", "interaction", day, sha="b" * 64, hours=5)
    assert "web__interaction" not in went_without(home, shop, day)


def test_a_night_says_which_optional_entities_it_goes_without(home: Home) -> None:
    shop = world("shop")
    yesterday, today = date(2025, 3, 1), date(2025, 3, 2)
    deliver(home, "transactions", "product", yesterday, hours=5)
    deliver(home, "transactions", "refund", today, sha="b" * 64, hours=5)
    deliver(home, "web", "interaction", yesterday, sha="c" * 64, hours=5)
    deliver(home, "crm", "support_contact", today, sha="d" * 64, status="held", hours=5)
    never = ["crm__survey_answer", "enrichment__area", "enrichment__consumer", "social__engagement"]
    assert sorted(went_without(home, shop, today)) == ["crm__support_contact", *never, "web__interaction"]
    assert sorted(went_without(home, shop, yesterday)) == ["crm__support_contact", *never, "transactions__refund"]
    begin(home, shop, today, "a run")
    with candidate(home.candidate(today), read_only=True) as connection:
        told = connection.execute(
            "select source || '__' || entity from work.run.source_entity where is_absent"
        ).fetchall()
    assert sorted(name for (name,) in told) == ["crm__support_contact", *never, "web__interaction"]


def test_the_fingerprint_changes_with_a_delivery_a_champion_and_the_night(home: Home) -> None:
    seen = [fingerprint(home, SHOP, NIGHT)]
    deliver(home, *DAILY[0])
    seen.append(fingerprint(home, SHOP, NIGHT))
    (home.models / "churn").mkdir(parents=True)
    (home.models / "churn" / "champion.json").write_text("{}")
    seen.append(fingerprint(home, SHOP, NIGHT))
    seen.append(fingerprint(home, SHOP, NIGHT - timedelta(days=1)))
    assert len(set(seen)) == 4
    assert fingerprint(home, SHOP, NIGHT) == seen[2]


def test_another_shop_and_another_last_day_are_no_reason_to_build_all_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(config.CONF, tmp_path / "conf")
    monkeypatch.setattr(config, "CONF", tmp_path / "conf")
    before = code_fingerprint(SHOP)
    (tmp_path / "conf" / "worlds" / "other.yml").write_text("title: Another shop\n")
    (tmp_path / "conf" / "sources" / "other__purchase.yml").write_text("owner: somebody\n")
    assert code_fingerprint(replace(SHOP, last_business_date=NIGHT + timedelta(days=1))) == before
    assert code_fingerprint(replace(SHOP, cut_off_hours=SHOP.cut_off_hours + 1)) != before
    contract = tmp_path / "conf" / "sources" / f"{SHOP.entities[0]}.yml"
    contract.write_text(f"{contract.read_text()}# read otherwise\n")
    assert code_fingerprint(SHOP) != before


def test_a_new_file_in_the_inbox_is_noticed_by_name_size_and_time(home: Home) -> None:
    folder = home.inbox / "crm"
    folder.mkdir(parents=True)
    (folder / ".hidden").touch()
    (folder / "household.manifest.json").touch()
    assert not has_unclaimed_files(home)
    (folder / "household_2017-12-31.csv.gz").write_text("x")
    assert has_unclaimed_files(home)


def test_a_link_that_leads_nowhere_is_a_file_to_look_at(home: Home) -> None:
    (home.inbox / "crm").mkdir(parents=True)
    (home.inbox / "crm" / "household_2017-12-31.csv.gz").symlink_to(home.root / "nowhere")
    assert has_unclaimed_files(home)


def publish(home: Home, day: date, *, in_front: bool) -> None:
    """A finished publication of a night, made from what there is now."""
    row = {"publication_id": f"{day}-made", "business_date": day, "as_of": SHOP.as_of(day), "content_hash": "c"}
    store = ledger.Ledger(home.operations_url)
    with store.transaction() as connection:
        made = {"inputs": fingerprint(home, SHOP, day), "built_at": SHOP.as_of(day), "activated_at": None}
        store.upsert(connection, ledger.publication, [{**row, **made}])
    folder = home.publications / row["publication_id"]
    folder.mkdir(parents=True)
    (folder / "regulars.duckdb").touch()
    if in_front:
        home.published.unlink(missing_ok=True)
        home.published.symlink_to(folder)


def test_a_night_that_stands_beside_a_later_one_is_built_until_something_comes(home: Home) -> None:
    before = NIGHT - timedelta(days=1)
    publish(home, before, in_front=False)
    assert not built(home, SHOP, before)
    publish(home, NIGHT, in_front=True)
    assert built(home, SHOP, NIGHT)
    assert built(home, SHOP, before)
    deliver(home, *DAILY[0])
    assert not built(home, SHOP, before)


def test_a_night_beside_an_earlier_one_that_was_put_back_is_built_again(home: Home) -> None:
    publish(home, NIGHT, in_front=True)
    publish(home, NIGHT - timedelta(days=1), in_front=True)
    assert not built(home, SHOP, NIGHT)


def test_a_second_run_is_refused_at_once_while_one_is_at_work(home: Home) -> None:
    begin(home, SHOP, NIGHT, "first")
    with pytest.raises(RegularsError, match="Run 'first' is at work"):
        begin(home, SHOP, NIGHT, "second")


def test_a_place_that_cannot_be_written_is_refused_before_the_work(home: Home) -> None:
    home.root.mkdir(exist_ok=True)
    home.publications.write_text("a file in the way")
    with pytest.raises(RegularsError, match="cannot be written"):
        begin(home, SHOP, NIGHT, "first")


def _bind(connection: duckdb.DuckDBPyConnection, home: Home, known_by: datetime) -> None:
    accepted = accepted_by(home, known_by)
    bind_landed(connection, home, SHOP, accepted, made_from(SHOP, known_by, accepted))


def test_every_declared_entity_is_an_empty_view_of_its_types_when_nothing_arrived(home: Home) -> None:
    with memory() as connection:
        connection.execute("attach ':memory:' as work")
        _bind(connection, home, datetime(2018, 1, 1))
        for entity in load_all():
            described = connection.execute(f"describe work.landed.{entity.name}").fetchall()
            tail = ["_content", "_line", "_known_at", "_is_changed", "_is_replaced"]
            assert [name for name, *_ in described][-5:] == tail
            assert connection.execute(f"select count(*) from work.landed.{entity.name}").fetchall() == [(0,)]


def test_rows_a_gate_set_aside_are_not_built_from(home: Home) -> None:
    sha = "b" * 64
    deliver(home, "transactions", "basket_line", sha=sha, rows=3)
    folder = home.landed / "transactions" / "basket_line" / f"business_date={NIGHT}"
    aside = home.landed / "quarantine" / "transactions" / "basket_line"
    for place in (folder, aside):
        place.mkdir(parents=True)
    with memory() as connection:
        connection.execute(
            f"copy (select '{sha}' as _content, range as _line from range(3)) to {quoted(folder / f'{sha}.parquet')}"
        )
        connection.execute(
            f"copy (select '{sha}' as _content, 1 as _line, 'x' as reason) to {quoted(aside / f'{sha}.gate.parquet')}"
        )
        connection.execute("attach ':memory:' as work")
        _bind(connection, home, datetime(2018, 1, 2))
        rows = connection.execute("select _line from work.landed.transactions__basket_line order by all").fetchall()
    assert rows == [(0,), (2,)]


def test_what_was_delivered_after_the_cut_off_is_not_known(home: Home) -> None:
    deliver(home, "transactions", "basket_line", rows=0)
    with memory() as connection:
        connection.execute("attach ':memory:' as work")
        _bind(connection, home, datetime(2018, 1, 1, 5, 59))
        assert connection.execute("select count(*) from work.landed.delivery").fetchall() == [(0,)]
