"""Exports made for people: columns by label, values in strict form, and one view a kind over all contracts of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from regulars import config, sources, warehouse
from regulars.build.base import made_from
from regulars.build.bindings import accepted_by, bind_landed
from regulars.config import Home
from regulars.errors import UsageError
from regulars.land.landing import land_source
from regulars.land.quarantine import list_quarantine
from regulars.quality.gate import gate_landed
from regulars.sources import Column, Written, load_entity, load_kind
from regulars.spelling import spelled_sql
from tests.land.corner_shop import WORLD as CORNER_SHOP

CONTRACT = """
source: {source}
entity: order_row
kind: export__order_row
description: Orders.
owner: The shop
cadence: once
delivers: snapshot
pattern: order_row_{{business_date}}.csv
format: csv
key: [order_ref]
declared_delay_hours: 0
history: true
event_time: ordered_at
allow_empty: never
max_bad_rate: 0.01
null_values: [""]
written: {{times: ["%d.%m.%Y %H:%M"], zone: Europe/Berlin, decimal_mark: ","}}
columns:
  - {{name: order_ref, label: Name}}
  - {{name: email, label: Email}}
  - {{name: ordered_at, label: Created at}}
  - {{name: status, label: Status, words: {{bezahlt: placed, probe: test}}}}
  - {{name: is_test, label: Status, words: {{probe: "yes"}}}}
  - {{name: currency, value: EUR}}
  - {{name: line_price, label: Lineitem price}}
"""
DAY = date(2024, 3, 5)
WORLD = replace(CORNER_SHOP, required=("lamps__order_row",), optional=("chairs__order_row",))
HEADER = "\ufeffNAME,Email , created AT,status,Lineitem Price,Note,Note\n"
ROWS = (
    '\'#1,a@example.org,05.03.2024 10:00,Bezahlt,"1.234,50 €",x,y\n'
    '\'#1,,,,"(2,00)",,\n'
    "#2,b@example.org,2024-03-05 09:00:00 -0300,Probe,3,,\n"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home whose world takes an export of orders of two systems."""
    conf = tmp_path / "conf"
    shutil.copytree(config.CONF / "kinds", conf / "kinds")
    (conf / "sources").mkdir()
    shutil.copy(config.CONF / "sources" / "schema.json", conf / "sources")
    for name in ("lamps", "chairs"):
        (conf / "sources" / f"{name}__order_row.yml").write_text(CONTRACT.format(source=name))
    monkeypatch.setattr(config, "CONF", conf)
    load_entity.cache_clear()
    load_kind.cache_clear()
    yield Home(tmp_path / "home")
    load_entity.cache_clear()
    load_kind.cache_clear()


def drop(home: Home, source: str, text: str) -> None:
    path = home.inbox / source / f"order_row_{DAY}.csv"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def test_the_view_of_a_kind_is_what_all_its_sources_delivered_in_strict_form(home: Home) -> None:
    for source in ("lamps", "chairs"):
        drop(home, source, HEADER + ROWS)
        land_source(home, WORLD, source)
        gate_landed(home, WORLD, source)
    with warehouse.memory() as connection:
        connection.execute("attach ':memory:' as work")
        accepted = accepted_by(home, datetime(2024, 3, 7))
        bind_landed(connection, home, WORLD, accepted, made_from(WORLD, datetime(2024, 3, 7), accepted))
        rows = connection.execute(
            "select _entity, order_ref, ordered_at, status, is_test, currency, line_price, line_sku, _line "
            "from work.landed.export__order_row order by _source, _line"
        ).fetchall()
        named = {name for name, *_ in connection.execute("describe work.landed.export__order_row").fetchall()}
    nine, noon = datetime(2024, 3, 5, 9), datetime(2024, 3, 5, 12)
    mine = [
        ("#1", nine, "placed", "Bezahlt", "EUR", 1234.50, None, 2),
        ("#1", None, None, None, "EUR", -2, None, 3),
        ("#2", noon, "test", "yes", "EUR", 3, None, 4),
    ]
    assert rows == [(f"{source}__order_row", *row) for source in ("chairs", "lamps") for row in mine]
    assert not named & {"email", "phone", "full_name"}


def test_a_value_in_no_known_way_is_refused_and_a_missing_label_refuses_the_file(home: Home) -> None:
    drop(home, "lamps", HEADER + ROWS.replace("1.234,50 €", "12.34,50 €"))
    land_source(home, WORLD, "lamps")
    assert list_quarantine(home)[0]["reason"] == "line_price: not a decimal"
    drop(home, "chairs", HEADER.replace("status", "state") + ROWS)
    (problem,) = land_source(home, WORLD, "chairs")["problems"]
    assert "there is no column 'Status'; is it 'state'?" in problem["reason"]


@pytest.mark.parametrize(
    ("kind", "written", "text", "strict"),
    [
        ("decimal", Written(), "$1,234.50", "1234.50"),
        ("decimal", Written(), "-1 234.5", "-1234.5"),
        ("decimal", Written(), "($0.50)", "-0.50"),
        ("decimal", Written(), "CLP 19990", "19990"),
        ("decimal", Written(), "12,34", "12,34"),
        ("decimal", Written(), "1e5", "1e5"),
        ("decimal", Written(decimal_mark=","), "1.234,50 €", "1234.50"),
        ("decimal", Written(decimal_mark=","), "12.34", "12.34"),
        ("integer", Written(), "'2.0", "2"),
        ("text", Written(), " '0049 ", "0049"),
        ("timestamp", Written(), "2025-10-02 17:09:34 -0300", "2025-10-02 17:09:34-0300"),
        ("timestamp", Written(), "2025-10-02 17:09:34 UTC", "2025-10-02 17:09:34Z"),
        ("timestamp", Written(("%Y-%m-%d %H:%M",), "Europe/Berlin"), "2025-07-02 17:09", "2025-07-02T15:09:00.000Z"),
        ("timestamp", Written(("%b %d, %Y %I:%M:%S %p",), "UTC"), "Oct 2, 2025 5:09:34 PM", "2025-10-02T17:09:34.000Z"),
        ("timestamp", Written(("%Y-%m-%d %H:%M",), "UTC"), "yesterday", "yesterday"),
    ],
)
def test_what_is_written_for_people_is_taken_in_its_strict_form(
    home: Home, kind: str, written: Written, text: str, strict: str
) -> None:
    entity = replace(load_entity("lamps__order_row"), columns=(Column("one", kind),), written=written)
    with warehouse.memory() as connection:
        query = spelled_sql(entity, "(select ? as one)")
        assert connection.execute(query, [text]).fetchall() == [(strict,)]


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("https://shop.example.com/tea/green?mail=ada@example.org#top", "/tea/green"),
        ("https://shop.example.com?mail=ada@example.org", ""),
        ("https://shop.example.com#ada@example.org?x=1", ""),
        ("/tea#ada@example.org?x", "/tea"),
        ("/search?next=https://other.example.com/ada", "/search"),
        ("/a/https://b/c", "/a/https://b/c"),
        ("android-app://com.example/tea", "android-app://com.example/tea"),
        ("", ""),
    ],
)
def test_of_a_page_the_path_is_kept_and_nothing_behind_it(home: Home, page: str, path: str) -> None:
    entity = replace(load_entity("lamps__order_row"), columns=(Column("one", "text", part="path"),))
    with warehouse.memory() as connection:
        query = spelled_sql(entity, "(select ? as one)")
        assert connection.execute(query, [page]).fetchall() == [(path,)]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("name: email,", "name: mail,"), "The kind 'export__order_row' has no column 'mail'. Did you mean 'email'"),
        (("label: Email}", "personal: false}"), "'personal' of column 'email' is said by the kind"),
        (("key: [order_ref]", "key: [status]"), "must be required"),
        (("kind: export__order_row", "kind: export__order_rows"), "There is no kind 'export__order_rows'"),
        (("kind: export__order_row\n", ""), "Column 'order_ref' has no type"),
    ],
)
def test_a_contract_cannot_contradict_its_kind(home: Home, wrong: tuple[str, str], told: str) -> None:
    path = config.CONF / "sources" / "lamps__order_row.yml"
    assert wrong[0] in path.read_text()
    path.write_text(path.read_text().replace(*wrong))
    with pytest.raises(UsageError) as refused:
        sources.load_entity("lamps__order_row")
    assert told in str(refused.value)
