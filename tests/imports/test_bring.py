"""Files become a shop: its contracts, its world and its inbox, once and whatever was there before."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from regulars import config
from regulars.config import Home
from regulars.demo.simulate.exports import Told
from regulars.errors import UsageError
from regulars.imports.bring import Asked, bring, preview
from regulars.imports.reading import TextFile, opened
from regulars.sources import load_entity

HEAD = "Name,Email,Created at,Lineitem quantity,Lineitem price,Financial Status,Currency,Total,Phone,Billing Name"
PLAIN = "Customer ID,Date,Amount\n7,2025-07-01 23:30:00,5.00\n7,2025-07-02 10:00:00,6.00\n"
Simulated = Callable[[str], tuple[list[Path], Told]]
Written = Callable[[str, str], Path]


def orders(*rows: str, head: str = HEAD) -> str:
    return "\n".join([head, *rows]) + "\n"


ONE = "#1,ada@example.org,2025-07-02 17:09:34 +0200,1,5.00,paid,EUR,5.00,+491701234567,Ada Ahn"
TWO = "#2,,2025-12-02 17:09:34 +0100,1,7.00,paid,EUR,7.00,+491701234568,"


def places(home: Home) -> list[str]:
    return sorted(str(path.relative_to(home.inbox)) for path in home.inbox.rglob("*.csv"))


def test_a_shop_is_made_of_what_its_files_say(home: Home, simulated: Simulated) -> None:
    shop, brought = bring(simulated("shopify")[0], Asked("lamps"))
    last = date(2025, 3, 1)
    world = config.world("lamps")
    assert (world.reporting_currency, world.last_business_date, world.alive_from) == ("EUR", last, date(2025, 1, 1))
    assert world.required == ("lamps_shopify__order_row",) and world.optional == ("lamps_shopify__contact",)
    assert places(home) == [f"lamps_shopify/{entity}_{last}.csv" for entity in ("contact", "order_row")]
    assert home.root.joinpath("world").read_text() == "lamps\n"
    assert shop.zone in brought[1].warnings[0] and "told from the offsets" in brought[1].warnings[0]
    assert brought[0].facts.answers["email_consent"]["yes"] > 0
    assert {column.name for column in load_entity("lamps_shopify__order_row").columns if column.personal} == {
        "email",
        "phone",
        "full_name",
    }


def test_the_same_file_again_changes_nothing_and_a_newer_one_comes_beside_it(home: Home, written: Written) -> None:
    first = written("orders_export_1.csv", orders(ONE))
    bring([first], Asked("lamps", zone="Europe/Berlin"))
    before = {path: path.stat().st_mtime_ns for path in (*config.CONF.rglob("*.yml"), *home.inbox.rglob("*"))}
    _, (again,) = bring([written("another name.csv", orders(ONE))], Asked("lamps"))
    assert again.place == ""
    assert before == {path: path.stat().st_mtime_ns for path in before}
    _, (same_day,) = bring([written("orders_export_2.csv", orders(ONE.replace("paid", "voided")))], Asked("lamps"))
    bring([written("orders_export_3.csv", orders(ONE, TWO))], Asked("lamps"))
    assert same_day.place.endswith("order_row_2025-07-02_2.csv")
    assert len(places(home)) == 3
    assert config.world("lamps").last_business_date == date(2025, 12, 2)


def test_an_export_with_other_columns_is_of_the_same_contract(home: Home, written: Written) -> None:
    bring([written("a.csv", orders(ONE))], Asked("lamps", zone="Europe/Berlin"))
    row = "#2,,2025-12-02 17:09:34 +0100,1,7.00,SKU-1,7.00"
    head = "Name,Email,Created at,Lineitem quantity,Lineitem price,Lineitem SKU,Total"
    bring([written("b.csv", orders(row, head=head))], Asked("lamps"))
    columns = {column.name: column for column in load_entity("lamps_shopify__order_row").columns}
    assert columns["status"].may_lack and columns["line_sku"].may_lack and not columns["order_ref"].may_lack
    assert columns["line_sku"].label == "Lineitem SKU"


def test_what_the_files_do_not_tell_has_to_be_said(home: Home, written: Written) -> None:
    file = written("sales.csv", PLAIN)
    with pytest.raises(UsageError, match=r"time zone of the shop, nor the currency(.|\n)*--zone \S+ --currency EUR"):
        bring([file], Asked("lamps"))
    with pytest.raises(UsageError, match=r"time zone of the shop \((.|\n)*--zone Europe/Berlin$"):
        bring([file], Asked("lamps", currency="EUR"))
    with pytest.raises(UsageError, match="Nothing in these files tells the currency"):
        bring([file], Asked("lamps", zone="Europe/Berlin"))
    with pytest.raises(UsageError, match=r"no time zone 'Europe/Berlim'\. Did you mean 'Europe/Berlin'"):
        bring([file], Asked("lamps", zone="Europe/Berlim"))
    with pytest.raises(UsageError, match="is no name"):
        bring([file], Asked("My Lamps", zone="Europe/Berlin", currency="EUR"))
    assert not home.root.exists()
    shop, (one,) = bring([file], Asked("lamps", zone="Europe/Berlin", currency="eur"))
    assert (shop.currency, one.business_date, one.facts.rows) == ("EUR", date(2025, 7, 2), 2)
    assert load_entity("lamps_transactions__purchase").written.zone == "Europe/Berlin"


def test_an_unknown_state_of_an_order_is_asked_about_and_kept_once_it_is_told(home: Home, written: Written) -> None:
    file = written("a.csv", orders(ONE.replace("paid", "On its way")))
    with pytest.raises(UsageError, match=r"nobody knows: 'On its way' \(1 rows\)"):
        bring([file], Asked("lamps", zone="Europe/Berlin"))
    bring([file], Asked("lamps", zone="Europe/Berlin", words={"On its way": "placed"}))
    status = next(column for column in load_entity("lamps_shopify__order_row").columns if column.name == "status")
    assert status.words["on its way"] == "placed" and status.words["voided"] == "cancelled"


def test_the_preview_shows_five_rows_and_nobody_in_them(home: Home, simulated: Simulated) -> None:
    _, brought = bring(simulated("shopify")[0], Asked("lamps"), write=False)
    for one in brought:
        columns, lines = preview(one)
        assert len(lines) == 5
        personal = [place for place, name in enumerate(columns) if name in ("email", "phone", "full_name", "street")]
        shown = {row[place] for row in lines for place in personal}
        assert shown <= {"•••", None} and "•••" in shown
    assert not home.root.exists() and not (config.CONF / "worlds" / "lamps.yml").exists()


def test_money_of_another_currency_and_times_nobody_can_read_are_told(home: Home, written: Written) -> None:
    rows = [ONE, TWO, TWO.replace("EUR", "CLP"), *[ONE] * 30, ONE.replace("2025-07-02 17:09:34 +0200", "soon")]
    _, (one,) = bring([written("a.csv", orders(*rows))], Asked("lamps", zone="Europe/Berlin"), write=False)
    assert "1 orders in another currency than EUR; they will not count" in one.warnings
    assert "1 rows with a time that cannot be read; they will be refused" in one.warnings


def test_a_slip_into_the_future_is_no_day_of_the_shop(home: Home, written: Written) -> None:
    rows = [ONE, TWO.replace("2025-12-02", "2205-12-02")]
    shop, (one,) = bring([written("a.csv", orders(*rows))], Asked("lamps", zone="Europe/Berlin"), write=False)
    assert shop.last == date(2025, 7, 2)
    assert "1 rows with a time that lies ahead; they will be refused" in one.warnings


def test_a_shipped_world_is_not_written_over(home: Home, written: Written) -> None:
    with pytest.raises(UsageError, match="'shop' is a world that was not imported"):
        bring([written("a.csv", orders(ONE))], Asked("shop"))


def test_a_file_cut_off_by_a_kill_is_brought_whole_the_next_time(home: Home, written: Written) -> None:
    file = written("a.csv", orders(ONE))
    asked = Asked("lamps", zone="Europe/Berlin")
    bring([file], asked)
    place = home.inbox / "lamps_shopify" / "order_row_2025-07-02.csv"
    place.unlink()
    _, (again,) = bring([file], asked)
    assert again.place == str(place) and place.read_text() == orders(ONE)
    assert json.loads(place.with_name(f"{place.name}.manifest.json").read_text())["sha256"]


def test_of_a_year_of_daily_files_no_more_than_two_are_open_at_a_time(
    home: Home, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that is open is held in memory: hundreds took gigabytes."""
    held, most, lock = [0], [0], threading.Lock()

    @contextmanager
    def counted(path: Path) -> Iterator[TextFile]:
        with lock:
            held[0] += 1
            most[0] = max(most[0], held[0])
        with opened(path) as file:
            yield file
        with lock:
            held[0] -= 1

    monkeypatch.setattr("regulars.imports.bring.opened", counted)
    files = [written(f"{day}.csv", PLAIN.replace("-02 10", f"-0{day} 10")) for day in range(2, 8)]
    shop, brought = bring(files, Asked("lamps", zone="Europe/Berlin", currency="EUR"))
    assert most[0] in (1, 2) and (len(brought), shop.last) == (6, date(2025, 7, 7))


def test_the_date_of_a_file_of_contacts_is_in_its_name_or_that_of_the_orders(home: Home, written: Written) -> None:
    contacts = "Record ID,First Name,Last Name,Email\n7,A,B,a@example.org\n"
    asked = Asked("lamps", zone="Europe/Berlin", currency="EUR")
    named = written("hubspot-crm-exports-all-contacts-2025-11-02.csv", contacts)
    other = written("contacts.csv", contacts + "8,C,D,c@example.org\n")
    shop, brought = bring([named, other, written("a.csv", orders(ONE, TWO))], asked)
    assert [one.business_date for one in brought] == [date(2025, 11, 2), date(2025, 12, 2), date(2025, 12, 2)]
    assert shop.last == date(2025, 12, 2)
