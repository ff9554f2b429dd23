"""What PostgreSQL may hold and may say is taken as it is, or refused in words that show no value of a row."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from psycopg import sql

from regulars.errors import RegularsError
from regulars.land.landing import land_source
from regulars.pull import postgres
from regulars.pull.connection import Connection
from tests.deploy.postgres import Postgres
from tests.pull.conftest import WORLD, Shop
from tests.pull.database import SECRET, Database

pytestmark = pytest.mark.postgres

DAY = date(2025, 3, 5)
ENTITY = "crm__contact"
CANARY = "Quillwort-Zembla"
TEXTS = "email phone first_name last_name street postcode city country birth_year loyalty_number preferred_channel"
MORE_TEXTS = "preferred_category email_consent sms_consent profiling_consent"
COLUMNS = ", ".join(
    [
        "contact_id numeric",
        "created_at timestamptz",
        "updated_at timestamptz",
        *(f"{name} text" for name in f"{TEXTS} {MORE_TEXTS}".split()),
        "consent_at timestamptz",
        "is_test boolean",
    ]
)
AT = "2025-03-05 11:00:00.123456+01"


def contact(number: Any, at: str = AT, **more: Any) -> list[Any]:
    said = {"contact_id": number, "created_at": "2025-03-01T10:00:00Z", "updated_at": at, **more}
    return [said.get(column.split()[0]) for column in COLUMNS.split(", ")]


@pytest.fixture
def database(shop: Shop, postgres: Postgres) -> Database:
    shop.only(ENTITY)
    made = Database(postgres)
    shop.connections["crm_database"] = made.connection
    return made


def refusal(shop: Shop) -> str:
    """Why the contacts, which a night needs, were not pulled."""
    with pytest.raises(RegularsError) as refused:
        shop.pull(DAY)
    assert not list(shop.home.inbox.rglob("*.*")) and shop.pulls() == []
    return str(refused.value)


def test_values_of_every_kind_are_landed_as_they_are_or_kept_apart_with_a_reason(
    shop: Shop, database: Database
) -> None:
    odd = 'Ünal, "the\nsecond"; drop table --%s'
    rows = [contact(number, city=odd, is_test=True, birth_year=1980) for number in range(1, 400)]
    rows += [contact("NaN"), contact(401, consent_at="infinity"), contact(402, created_at="0044-03-15 BC")]
    database.fill("crm.contact", COLUMNS, rows)
    shop.pull(DAY)
    counts = land_source(shop.home, WORLD, "crm")["entities"][ENTITY]
    assert (counts["read_rows"], counts["accepted_rows"], counts["quarantined_rows"]) == (402, 399, 3)
    row = shop.accepted("contact")[0]
    assert (row["city"], row["is_test"], row["birth_year"]) == (odd, "true", 1980)
    assert row["updated_at"].isoformat() == "2025-03-05T10:00:00.123456"


def test_rows_come_by_few_at_a_time(shop: Shop, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_ROWS_AT_ONCE", 7)
    database.fill("crm.contact", COLUMNS, [contact(number) for number in range(1, 51)])
    assert shop.pull(DAY)["entities"][ENTITY]["rows"] == 50


def test_odd_names_are_names_and_nothing_else(shop: Shop, database: Database) -> None:
    database.fill("crm.contact", COLUMNS, [contact(1)])
    database.run('create view crm."select 1; drop table" as select *, updated_at as "when; --" from crm.contact')
    database.run("grant select on all tables in schema crm to reader")
    shop.change(ENTITY, "table: crm.contact", 'table: "crm.select 1; drop table"')
    shop.change(ENTITY, "watermark: updated_at", 'watermark: "when; --"')
    assert shop.pull(DAY)["entities"][ENTITY]["rows"] == 1


@pytest.mark.parametrize(
    ("alter", "told"),
    [
        ("alter column updated_at type timestamp", "'updated_at' is no timestamp with time zone"),
        ("alter column consent_at type timestamp", "'consent_at' is no timestamp with time zone"),
        ("rename column city to town", "It has no column 'city'"),
        ("rename to contacts", 'relation "crm.contact" does not exist'),
        ("alter column is_test type text using 'x', add primary key (contact_id)", ""),
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_what_to_do(
    shop: Shop, database: Database, alter: str, told: str
) -> None:
    database.fill("crm.contact", COLUMNS, [contact(1, last_name=CANARY)])
    database.run(f"alter table crm.contact {alter}")
    if told:
        assert told in refusal(shop)
    else:
        assert shop.pull(DAY)["entities"][ENTITY]["rows"] == 1


def test_rows_without_a_watermark_would_be_lost_and_are_refused(shop: Shop, database: Database) -> None:
    database.fill("crm.contact", COLUMNS, [contact(1), contact(2, None)])  # type: ignore[arg-type]
    assert "Rows without 'updated_at' would never be pulled" in refusal(shop)


def test_a_pull_may_only_read(shop: Shop, database: Database) -> None:
    database.fill("crm.contact", COLUMNS, [contact(1)])
    database.run("create sequence crm.counted; grant usage on sequence crm.counted to reader")
    shop.change(ENTITY, "table: crm.contact", "query: select * from crm.contact where nextval('crm.counted') > 0")
    assert "ReadOnlySqlTransaction" in refusal(shop)


def test_an_error_about_a_value_does_not_show_it(shop: Shop, database: Database) -> None:
    database.fill("crm.contact", COLUMNS, [contact(1, last_name=CANARY)])
    shop.change(ENTITY, "table: crm.contact", "query: select * from crm.contact where last_name::integer > 0")
    told = refusal(shop)
    assert "InvalidTextRepresentation" in told and CANARY not in told


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"password": "another"}, "password authentication failed"),
        ({"schema": "nowhere"}, 'database "nowhere" does not exist'),
        ({"port": 1}, "refused"),
        ({"extra": {"sslmode": "require"}}, "does not support SSL"),
        # Not known to be this machine, whatever it is.
        ({"host": "0.0.0.0"}, "does not support SSL"),
    ],
)
def test_a_server_that_does_not_let_us_in_is_told_without_the_password(
    shop: Shop, database: Database, wrong: dict[str, Any], told: str
) -> None:
    ours = vars(database.connection)
    shop.connections["crm_database"] = Connection(**{**ours, **wrong})
    said = refusal(shop)
    assert told in said and SECRET not in said and "another" not in said


def test_a_server_that_goes_away_in_the_middle_leaves_nothing_behind(shop: Shop, database: Database) -> None:
    database.fill("crm.contact", COLUMNS, [contact(number) for number in range(1, 9)])
    ended = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'regulars'"
    database.run("create extension if not exists dblink")
    database.run(
        "create function crm.end_us() returns boolean language sql security definer as "
        "$$ select true from dblink({}, {}) as ended (done boolean) $$",
        sql.Literal(database.address),
        sql.Literal(ended),
    )
    shop.change(ENTITY, "table: crm.contact", "query: select * from crm.contact where contact_id < 5 or crm.end_us()")
    assert "terminating connection" in refusal(shop)
    shop.change(ENTITY, " or crm.end_us()", "")
    assert shop.pull(DAY)["entities"][ENTITY]["rows"] == 4
    assert not [path for path in (shop.home.inbox / "crm").iterdir() if path.name.endswith(".part")]
