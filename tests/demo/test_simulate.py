"""A simulated shop is the same each time, agrees with itself to the cent, and its truth with its extracts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from regulars import config, sources, warehouse
from regulars.config import Home
from regulars.demo import extract
from regulars.demo.simulate import Shop, simulate, simulate_days
from regulars.demo.simulate.shop import BLOCK_DAYS, HORIZON_DAYS
from regulars.demo.simulate.truth import folder
from regulars.demo.simulate.written import DAILY, ORDER, PRODUCT
from regulars.errors import UsageError
from regulars.land.landing import land_source
from tests.conftest import regulars

WORLD = config.world("shop")
SHOP = Shop(customers=400, seed=7, late_share=0.02, cancelled_share=0.1, resent_share=0.03)
FIRST = WORLD.alive_from
DAYS = [FIRST + timedelta(days=number) for number in range(3 * BLOCK_DAYS + 7)]
"""Over three blocks, and over the start of summer time."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    place = Home(tmp_path_factory.mktemp("shop"))
    assert simulate(place, WORLD, SHOP, len(DAYS)) > len(DAILY) * len(DAYS)
    return place


@pytest.fixture(scope="module")
def shop(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The truth, and what was delivered, typed by the contracts, each file once, with the ``delivered_on`` it says."""
    with warehouse.memory() as connection:
        for name in (*DAILY, PRODUCT):
            entity = sources.load_entity(name)
            connection.execute(f'create table "{entity.entity}" as {_typed_sql(home, entity)}')
        for path in folder(home).glob("*.parquet"):
            connection.execute(f"create table {path.stem} as from read_parquet({warehouse.quoted(path)})")
        yield connection


def _typed_sql(home: Home, entity: sources.SourceEntity) -> str:
    """A plain reading of a contract, apart from the one that lands."""
    pattern = warehouse.quoted(
        f"{home.inbox}/{entity.source}/{entity.pattern.replace('{business_date}', '????-??-??')}"
    )
    day = "regexp_extract(filename, '[0-9]{4}-[0-9]{2}-[0-9]{2}')::date as delivered_on"
    if entity.format == "parquet":
        return f"select *, {day} from read_parquet({pattern}, filename = true)"
    names = ", ".join(f"'{column.name}': 'varchar'" for column in entity.read_columns)
    read, texts = (
        (f"read_ndjson_objects({pattern}, filename = true)", "json_extract_string(json, '$.{path}')")
        if entity.format == "jsonl"
        else (f"read_csv({pattern}, header = true, columns = {{{names}}}, filename = true)", "{path}")
    )
    columns = [
        f"nullif({texts.format(path=column.path or column.name)}, '')::{column.sql_type} as {column.name}"
        for column in entity.read_columns
    ]
    return f"select {', '.join(columns)}, {day} from {read}"


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    ((value,),) = rows(connection, sql)
    return value


def bytes_of(home: Home) -> dict[str, str]:
    """sha256 of every file a simulation writes."""
    files = [path for below in (home.inbox, folder(home)) for path in below.rglob("*") if path.is_file()]
    return {str(path.relative_to(home.root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_at_once_or_day_by_day(home: Home, tmp_path: Path) -> None:
    nightly = Home(tmp_path)
    simulate_days(nightly, WORLD, SHOP, DAYS[: BLOCK_DAYS + 3])
    simulate_days(nightly, WORLD, SHOP, DAYS[-1:])
    simulate_days(nightly, WORLD, SHOP, DAYS)
    assert bytes_of(nightly) == bytes_of(home)


def test_a_second_call_changes_nothing(home: Home) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.inbox.rglob("*")}
    assert simulate(home, WORLD, SHOP, len(DAYS)) == 0
    assert {path: path.stat().st_mtime_ns for path in home.inbox.rglob("*")} == before


def test_another_seed_is_another_shop(home: Home, tmp_path: Path) -> None:
    simulate(Home(tmp_path), WORLD, Shop(SHOP.customers, SHOP.seed + 1), 2)
    mine, other = bytes_of(home), bytes_of(Home(tmp_path))
    for name in ("truth/person.parquet", f"inbox/web/interaction_{FIRST}.jsonl.gz"):
        assert mine[name] != other[name]


def test_a_missing_file_comes_late_with_the_same_bytes(home: Home, tmp_path: Path) -> None:
    late = Home(tmp_path)
    missing = {(ORDER, DAYS[1])}
    simulate_days(late, WORLD, SHOP, DAYS[:3], missing=missing)
    name = f"inbox/transactions/order_{DAYS[1]}.csv.gz"
    assert name not in bytes_of(late)
    assert simulate_days(late, WORLD, SHOP, DAYS[1:2]) >= 1
    assert bytes_of(late)[name] == bytes_of(home)[name]


def test_a_resent_file_has_another_name_and_the_same_bytes(home: Home) -> None:
    resent = [path for path in home.inbox.glob("*/*_2.*") if path.name.count("_2.")]
    assert len(resent) > 5
    for path in resent:
        assert path.read_bytes() == path.with_name(path.name.replace("_2.", ".")).read_bytes()


def test_every_delivery_lands_with_no_row_refused(home: Home, tmp_path: Path) -> None:
    copy = Home(tmp_path)
    simulate_days(copy, WORLD, SHOP, DAYS[:12])
    for source in ("crm", "enrichment", "social", "transactions", "web"):
        summary = land_source(copy, WORLD, source)
        assert summary["problems"] == summary["drift"] == []
        counts = summary["entities"].values()
        assert [one["read_rows"] for one in counts] == [one["accepted_rows"] for one in counts]
        assert sum(one["read_rows"] for one in counts) > 10


def test_orders_equal_their_lines_to_the_cent(shop: duckdb.DuckDBPyConnection) -> None:
    assert one(shop, "select count(*) from order_line") > 200
    assert rows(shop, "from order_line where net_revenue <> quantity * unit_price - discount or net_revenue < 0") == []
    placed = "(select distinct order_id, ordered_at from \"order\" where status in ('completed', 'test'))"
    assert rows(shop, f"from order_line anti join {placed} using (order_id, ordered_at)") == []
    assert rows(shop, f"from {placed} anti join order_line using (order_id)") == []
    assert rows(shop, "select order_id from order_line group by 1 having max(line_number) <> count(*)") == []
    owed = "case when sum(net_revenue) < 49 then 4.95 else 0 end"
    lines = f"(select order_id, {owed} as owed from order_line group by 1)"
    assert rows(shop, f'from "order" inner join {lines} using (order_id) where shipping <> owed') == []


def test_what_is_ordered_is_what_was_put_into_the_cart(shop: duckdb.DuckDBPyConnection) -> None:
    # Of the last days, late events have not come yet.
    ordered = f"select order_id from order_line where ordered_at < '{DAYS[-7]}'"
    bought = f"select order_id, product_id, quantity, unit_price from order_line where order_id in ({ordered})"
    in_cart = f"""
        select done.order_id, added.product_id, added.quantity, added.price
        from interaction as added
        inner join interaction as done using (cart_id)
        where added.event = 'Product Added' and done.event = 'Order Completed' and done.order_id in ({ordered})
    """
    assert one(shop, f"select count(*) from ({bought})") > 200
    assert rows(shop, f"(({bought}) except all ({in_cart})) union all (({in_cart}) except all ({bought}))") == []


def test_no_more_is_paid_back_than_was_paid(shop: duckdb.DuckDBPyConnection) -> None:
    paid = """
        select refund_id, min(amount) as amount, sum(net_revenue) as paid,
            min(refunded_at) > max(ordered_at) as is_later
        from refund
        inner join order_line
            on refund.order_id = order_line.order_id
            and order_line.line_number = coalesce(refund.line_number, order_line.line_number)
        group by refund_id
    """
    assert one(shop, "select count(*) from refund") == one(shop, f"select count(*) from ({paid})") > 10
    assert rows(shop, f"from ({paid}) where amount > paid or amount <= 0 or not is_later") == []
    assert rows(shop, "from refund semi join \"order\" using (order_id) where order_id in "
                      "(select order_id from \"order\" where status <> 'completed')") == []  # fmt: skip


def test_a_cancelled_order_comes_again_with_a_newer_time(shop: duckdb.DuckDBPyConnection) -> None:
    history = """
        select list(status order by updated_at) as told, count(distinct ordered_at) as times
        from "order" group by order_id having count(*) > 1
    """
    told = rows(shop, history)
    assert len(told) > 10
    assert set(map(repr, told)) == {repr((["completed", "cancelled"], 1))}


def test_every_file_has_the_rows_of_its_business_day(shop: duckdb.DuckDBPyConnection) -> None:
    def days_late(column: str, table: str) -> dict[int, int]:
        local = f"({column} at time zone 'UTC' at time zone '{WORLD.business_zone}')::date"
        counted = f"select date_diff('day', {local}, delivered_on) as days, count(*) from \"{table}\" group by 1"
        return dict(rows(shop, counted))

    for column, table in (("updated_at", "order"), ("ordered_at", "order_line"), ("refunded_at", "refund")):
        assert list(days_late(column, table)) == [0]
    assert list(days_late("received_at", "interaction")) == [0]
    by_days = days_late('"timestamp"', "interaction")
    assert set(by_days) == {0, 1, 2, 3, 4, 5}
    late = sum(number for days, number in by_days.items() if days) / sum(by_days.values())
    assert SHOP.late_share * 0.7 < late < SHOP.late_share * 1.3


def test_the_time_of_an_event_is_that_of_the_envelope(shop: duckdb.DuckDBPyConnection) -> None:
    reckoned = '"timestamp" = received_at - (sent_at - original_timestamp)'
    assert one(shop, f"select count(*) filter (where not {reckoned}) from interaction") == 0
    assert one(shop, "select count(*) = count(distinct message_id) from interaction")


def test_a_visit_is_one_session_and_two_visits_are_two(shop: duckdb.DuckDBPyConnection) -> None:
    gaps = """
        select
            visitor.is_bot,
            split_part(message_id, '-', 1) = split_part(lag(message_id) over visits, '-', 1) as is_same_visit,
            date_diff('minute', lag("timestamp") over visits, "timestamp") as minutes
        from interaction inner join visitor using (anonymous_id)
        window visits as (partition by anonymous_id order by "timestamp", split_part(message_id, '-', 2)::int)
    """
    # The last days lack late events, which leave holes.
    apart = f"select is_same_visit, min(minutes), max(minutes) from ({gaps}) where is_same_visit is not null group by 1"
    found = {is_same: (least, most) for is_same, least, most in rows(shop, apart)}
    assert found[False][0] >= 30 > found[True][1]


def test_whoever_appears_is_in_the_truth_and_lives(shop: duckdb.DuckDBPyConnection) -> None:
    shop.execute(
        "create temp table owner as select unnest(contact_ids) as contact_id, * exclude (contact_ids) from person"
    )
    for table in ("order", "support_contact", "survey_answer", "engagement"):
        assert rows(shop, f'from "{table}" anti join owner using (contact_id) where contact_id is not null') == []
    guests = 'from "order" {} join person on guest_email = email where contact_id is null'
    assert one(shop, f"select count(*) {guests.format('semi')}") > 5
    assert rows(shop, guests.format("anti")) == []
    when = "(ordered_at at time zone 'UTC' at time zone 'Europe/Berlin')::date"
    lives = f'from "order" inner join owner using (contact_id) where {when} < joined_on or {when} > churned_on'
    assert rows(shop, lives) == []
    assert rows(shop, "from contact anti join owner using (contact_id)") == []
    assert rows(shop, "from interaction anti join visitor using (anonymous_id)") == []
    known = "from interaction inner join visitor using (anonymous_id) inner join owner on user_id = contact_id"
    assert rows(shop, f"{known} where visitor.person_id is distinct from owner.person_id") == []
    assert rows(shop, "from \"order\" inner join owner using (contact_id) where (status = 'test') <> is_test") == []


def test_contacts_are_made_before_they_do_anything(shop: duckdb.DuckDBPyConnection) -> None:
    made = "(select contact_id, min(created_at) as made_at from contact group by 1)"
    for table, column in (
        ("order", "ordered_at"),
        ("support_contact", "opened_at"),
        ("survey_answer", "answered_at"),
        ("engagement", "happened_at"),
    ):
        assert rows(shop, f'from "{table}" left join {made} using (contact_id) where {column} < made_at') == []
    assert rows(shop, 'from "order" anti join contact using (contact_id) where contact_id is not null') == []


def test_some_people_have_two_records_that_are_alike_and_not_the_same(shop: duckdb.DuckDBPyConnection) -> None:
    share = one(shop, "select avg((len(contact_ids) = 2)::int) from person where not is_guest")
    assert 0.04 < share < 0.13
    pair = """
        from person
        inner join contact as a on a.contact_id = contact_ids[1]
        inner join contact as b on b.contact_id = contact_ids[2]
    """
    likeness = "jaro_winkler_similarity(lower(a.first_name || a.last_name), lower(b.first_name || b.last_name))"
    least, most_equal = rows(shop, f"select min({likeness}), avg((a.email = b.email)::int) {pair}")[0]
    assert least > 0.7
    assert most_equal < 1


def test_bots_view_thousands_of_pages_and_buy_nothing(shop: duckdb.DuckDBPyConnection) -> None:
    counted = """
        select count(*) filter (where is_bot), count(distinct anonymous_id) filter (where is_bot),
            count(*) filter (where is_bot and type <> 'page')
        from interaction inner join visitor using (anonymous_id)
    """
    pages, bots, others = rows(shop, counted)[0]
    assert pages / bots > 1_000
    assert others == 0


def test_a_ticket_comes_again_only_when_it_is_resolved_on_a_later_day(shop: duckdb.DuckDBPyConnection) -> None:
    told = """
        select list(resolved_at is not null order by delivered_on) as told, count(distinct delivered_on) = count(*)
        from support_contact group by ticket_id
    """
    assert set(map(repr, rows(shop, told))) <= {repr((said, True)) for said in ([True], [False], [False, True])}
    assert rows(shop, "from support_contact where satisfaction is not null and resolved_at is null") == []


def test_a_campaign_brings_those_it_moves(tmp_path: Path) -> None:
    home = Home(tmp_path)
    simulate_days(home, WORLD, Shop(4_000, 3), DAYS[12:16])
    with warehouse.memory() as connection:
        entity = sources.load_entity("web__interaction")
        connection.execute(f"create table interaction as {_typed_sql(home, entity)}")
        for name in ("person", "campaign_person", "visitor"):
            path = warehouse.quoted(folder(home) / f"{name}.parquet")
            connection.execute(f"create table {name} as from read_parquet({path})")
        visits = """
            select person_id, count(distinct split_part(message_id, '-', 1)) as visits, count(campaign) as moved
            from interaction inner join visitor using (anonymous_id) group by 1
        """
        effect = f"""
            select is_contacted, sum(coalesce(visits, 0)) / sum(visits_per_day), sum(coalesce(moved, 0))
            from campaign_person inner join person using (person_id) left join ({visits}) using (person_id)
            where campaign = 'letter_01' and churned_on > '{DAYS[16]}' group by 1
        """
        found = {is_contacted: (rate, moved) for is_contacted, rate, moved in rows(connection, effect)}
    assert found[True][0] > found[False][0] * 1.1
    assert found[False][1] == 0 < found[True][1]


def test_the_truth_is_not_in_the_inbox(home: Home) -> None:
    assert {path.parent.name for path in home.inbox.rglob("*.gz")} == {
        "crm",
        "enrichment",
        "social",
        "transactions",
        "web",
    }
    assert {path.stem for path in folder(home).iterdir()} == {"person", "visitor", "campaign", "campaign_person"}


def test_a_home_keeps_its_shop(home: Home) -> None:
    for other, told in (
        (Shop(SHOP.customers, 8, 0.02, 0.1, 0.03), "a shop with seed 7, not 8"),
        (Shop(500, SHOP.seed, 0.02, 0.1, 0.03), "a shop with customers 400, not 500"),
        (Shop(SHOP.customers, SHOP.seed, 0.5, 0.1, 0.03), "a shop with late share 0.02, not 0.5"),
    ):
        with pytest.raises(UsageError, match=told):
            simulate(home, WORLD, other, 1)


@pytest.mark.parametrize("number", [-1, HORIZON_DAYS])
def test_a_day_outside_the_two_years_is_refused(number: int, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"has {HORIZON_DAYS} days, from {FIRST} on"):
        simulate_days(Home(tmp_path), WORLD, SHOP, [FIRST + timedelta(days=number)])
    assert not (tmp_path / "inbox").exists()


def test_only_a_simulated_world_is_simulated(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'cdnow' is not simulated"):
        simulate(Home(tmp_path), config.world("cdnow"), SHOP, 1)
    with pytest.raises(UsageError, match="simulated world\n  Next: run `regulars demo simulate`"):
        extract(WORLD, Home(tmp_path))


def test_the_world_ends_with_the_last_simulated_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path))
    assert config.world("shop").last_business_date == date(2026, 12, 31)
    simulate(Home(tmp_path), config.world("shop"), SHOP, 2)
    simulate_days(Home(tmp_path), config.world("shop"), SHOP, [DAYS[0]])
    assert config.world("shop").alive_until == config.world("shop").last_business_date == DAYS[1]
    assert config.world("cdnow").last_business_date == date(1998, 6, 30)


def test_the_command_says_that_it_is_simulated_and_refuses_another_seed(tmp_path: Path) -> None:
    size = ("--customers", "50", "--days", "2")
    laid_out = regulars("demo", "simulate", *size, home=tmp_path, world="shop")
    assert laid_out.returncode == 0, laid_out.stderr
    assert "Simulated shop · SIMULATED" in laid_out.stderr
    assert json.loads(config.simulation_file(Home(tmp_path)).read_text())["days"] == 2
    refused = regulars("demo", "simulate", *size, "--seed", "2", home=tmp_path, world="shop")
    assert refused.returncode == 2
    assert "This home has a shop with seed 1, not 2" in refused.stderr
    assert "SIMULATED" in regulars("status", home=tmp_path, world="shop").stdout
