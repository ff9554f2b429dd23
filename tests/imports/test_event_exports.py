"""Events of a simulated shop, exported with all their quirks and imported, are the orders and visits that are so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from regulars import config, ledger, warehouse
from regulars.build import layers
from regulars.build.candidate import lay_out, night_origin
from regulars.config import Home, World
from regulars.demo.simulate import Shop
from regulars.demo.simulate.exports import Told, export
from regulars.imports.bring import Asked, bring
from regulars.land.landing import land_source
from regulars.resolve.registry import resolve_customers
from regulars.sources import load_entity, load_kind

SIMULATED = config.world("shop")
DAYS = 9
FORMS = ("ga4", "segment", "rees46")
NIGHTS = (date(2025, 1, 8), date(2025, 1, 9))
MARTS = (
    *("fct_order", "fct_order_line", "fct_order_version", "fct_refund"),
    *("fct_session", "fct_cart", "fct_interaction_duplicate"),
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Told]]:
    """The same shop as each of three systems exports its events, and what is so in each export."""
    folder, shop = tmp_path_factory.mktemp("exported"), Shop(customers=700, seed=4)
    return {form: (folder / form, export(folder, SIMULATED, shop, DAYS, form)) for form in FORMS}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    shutil.copytree(config.CONF, tmp_path / "conf")
    monkeypatch.setattr(config, "CONF", tmp_path / "conf")
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("REGULARS_OPERATIONS_URL", raising=False)
    monkeypatch.setitem(layers.LAYERS, "marts", " ".join(f"+{mart},tag:profile" for mart in MARTS))
    for cached in (load_entity, load_kind):
        cached.cache_clear()
    config.forget_worlds()
    yield config.home()
    for cached in (load_entity, load_kind):
        cached.cache_clear()
    config.forget_worlds()


def test_three_systems_events_are_the_shops_orders_to_the_cent_and_its_visits(
    home: Home, tmp_path: Path, exported: dict[str, tuple[Path, Told]]
) -> None:
    early = [path for folder, _ in exported.values() for path in sorted(folder.iterdir()) if not _is_late(path)]
    world = _imported(early)
    base = _build(home.candidate(NIGHTS[0]), home, world, NIGHTS[0], whole=False)
    home.publications.mkdir(exist_ok=True)
    base.rename(home.publications / "base")

    # The days that were exported before they were over come again, and the last day with them.
    world = _imported([path for folder, _ in exported.values() for path in sorted(folder.iterdir()) if _is_late(path)])
    added = _build(home.candidate(NIGHTS[1]), home, world, NIGHTS[1], whole=False)
    rebuilt = _build(tmp_path / "rebuilt", home, world, NIGHTS[1], whole=True)
    assert {mart: _rows(added, mart) for mart in MARTS} == {mart: _rows(rebuilt, mart) for mart in MARTS}

    truth = [told for _, told in exported.values()]
    (found,) = _asked(added, "select count(*), sum(net_revenue) from regulars.marts.fct_order")
    assert found == (sum(told.orders for told in truth), sum((told.revenue for told in truth), Decimal(0)))
    (refunds,) = _asked(added, "select sum(amount) from regulars.marts.fct_refund where is_counted")
    assert refunds == (sum((told.refunds for told in truth), Decimal(0)),)
    (sessions,) = _asked(added, "select count(*) from regulars.marts.fct_session")
    assert sessions == (sum(told.sessions or 0 for told in truth),)
    _no_quirk_was_missing(added)


def test_the_parquet_that_bigquery_writes_lands_as_its_json_lines_do(home: Home, tmp_path: Path) -> None:
    forms = ("ga4", "ga4_parquet")
    told = {export(tmp_path, SIMULATED, Shop(customers=300, seed=5), 5, form) for form in forms}
    assert len(told) == 1
    _imported([path for form in forms for path in (tmp_path / form).iterdir()], *forms)
    # Only a list stays as it was written, whole numbers as texts or not: models read its fields as text.
    items = """from_json(items, '[{"item_id":"VARCHAR","price":"VARCHAR","quantity":"VARCHAR"}]') as items"""
    lines, parquet = (
        f"select * exclude (_content, _line) replace ({items}) "
        f"from read_parquet('{home.landed}/twice_ga4/event_{form}/*/*.parquet') order by all"
        for form in ("jsonl", "parquet")
    )
    with warehouse.memory() as connection:
        rows = connection.execute(lines).fetchall()
        assert rows == connection.execute(parquet).fetchall()
        ((bought,),) = connection.execute(f"select count(*) from ({lines}) where len(items) > 0").fetchall()
    assert bought > 0


def _no_quirk_was_missing(folder: Path) -> None:
    """What the truth was held against had every quirk in it, so that it says something of each."""
    (again, twisted) = _asked(
        folder,
        "select count(*) filter (where not is_conflict), count(*) filter (where is_conflict) "
        "from regulars.marts.fct_interaction_duplicate",
    )[0]
    assert again > 0
    assert twisted > 0
    (nobodys, replaced, purchases) = _asked(
        folder,
        "select count(*) filter (where visitor_id is null), count(*) filter (where is_replaced), "
        "count(*) filter (where event_name = 'Order Completed' and not is_replaced) "
        "from work.staging.stg_export__event",
    )[0]
    assert nobodys > 0
    assert replaced > 0
    (orders, guests) = _asked(
        folder,
        "select count(*), count(*) filter (where record_key = order_id) "
        "from work.intermediate.int_exports__orders_latest",
    )[0]
    assert purchases > orders
    assert guests > 0
    ((bought, sessions, removed, unpriced),) = _asked(
        folder,
        "select count(*) filter (where event_name = 'Order Completed'), "
        "count(distinct order_id) filter (where event_name = 'Order Completed'), "
        "count(*) filter (where event_name = 'Product Removed'), count(*) filter (where price = 0) "
        "from work.staging.stg_export__event where is_line",
    )
    assert bought > sessions > 0
    assert removed > 0
    assert unpriced > 0
    ((copies,),) = _asked(
        folder,
        "select count(*) from work.staging.stg_export__event as one join work.staging.stg_export__event as other "
        "using (event_id) where one.is_line and one.event_name = 'Order Completed' "
        "and one.content_sha256 < other.content_sha256",
    )
    assert copies > 0, "what was bought is told in two files"
    devices = _asked(folder, "select count(*) from work.resolve.customer_record where record_key like '%:device:%'")
    assert devices[0][0] > 0


def _is_late(path: Path) -> bool:
    """Whether a file is exported on the second night: the tables of days that were exported before they were over."""
    rewritten = [f"events_{night:%Y%m%d}" for night in (date(2025, 1, 7), *NIGHTS)]
    return path.name.startswith((*rewritten, f"events_intraday_{NIGHTS[1]:%Y%m%d}", f"{NIGHTS[1]}"))


def _imported(paths: list[Path], *forms: str) -> World:
    for form in forms or FORMS:
        bring([path for path in paths if path.parent.name == form], Asked("twice", zone="Europe/Berlin"))
    world, home = config.world("twice"), config.home()
    for source in sorted({name.split("__")[0] for name in world.entities}):
        summary = land_source(home, world, source)
        assert not summary["problems"]
    with ledger.Ledger(home.operations_url).transaction() as transaction:
        transaction.execute(sa.update(ledger.content).values(status="accepted"))
    return world


def _build(folder: Path, home: Home, world: World, night: date, *, whole: bool) -> Path:
    lay_out(folder, home, world, night, [night_origin(world, night)], whole=whole)
    layers.build_layer(folder, "stage")
    resolve_customers(folder, home, world)
    layers.build_layer(folder, "marts")
    return folder


def _rows(folder: Path, mart: str) -> list[tuple[Any, ...]]:
    return _asked(folder, f"select * from regulars.marts.{mart} order by all")


def _asked(folder: Path, question: str) -> list[tuple[Any, ...]]:
    with warehouse.candidate(folder, read_only=True) as connection:
        return connection.execute(question).fetchall()
