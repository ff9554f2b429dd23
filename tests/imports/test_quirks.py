"""What the files of each system do that a table would not, landed from files of a few rows as people have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from regulars import config, warehouse
from regulars.build.base import made_from
from regulars.build.bindings import accepted_by, bind_landed
from regulars.build.consents import bind_consents
from regulars.config import Home
from regulars.errors import UsageError
from regulars.imports.bring import Asked
from regulars.land.quarantine import list_quarantine
from regulars.privacy.consent_purposes import load_purposes
from regulars.sources import load_entity
from regulars.warehouse import quoted
from tests.imports.conftest import land

Written = Callable[[str, str], Path]

SHOPIFY = '''\ufeffName,Email,Financial Status,Currency,Subtotal,Shipping,Total,Discount Amount,Created at,\
Lineitem quantity,\
Lineitem name,Lineitem price,Lineitem SKU,Billing Name,Notes,Payment Method,Refunded Amount,Id,Phone
#1,ada@example.org,partially_refunded,CLP,19990,2990,22980,0,2025-10-02 17:09:34 -0300,1,Lamp,19990,'007,Ada Ahn,\
"ring
twice, ""please""",card,500,42,
#1,ada@example.org,,,,,,,,2,Bulb,0,,,,,,,
#2,,paid,CLP,5000,0,5000,0,2025-10-03 17:09:34 -0300,1,Shade,5000,,,,cash,0,43,'+56911111111
#3,,voided,CLP,5000,0,5000,0,2025-10-04 17:09:34 -0300,1,Shade,5000,,,,bogus,0,,
'''


def rows(home: Home, query: str) -> list[tuple[Any, ...]]:
    """What ``query`` gives, asked of a work file into which everything landed is bound."""
    world = config.world("lamps")
    with warehouse.memory() as connection:
        connection.execute("attach ':memory:' as work; create schema work.run")
        accepted = accepted_by(home, world.known_by(world.last_business_date))
        made = made_from(world, world.known_by(world.last_business_date), accepted)
        bind_landed(connection, home, world, accepted, made)
        bind_consents(connection, load_purposes())
        return connection.execute(query).fetchall()


def personal(home: Home, entity: str, columns: str) -> list[tuple[Any, ...]]:
    folder = home.personal / load_entity(entity).source / load_entity(entity).entity
    with warehouse.memory() as connection:
        query = f"select {columns} from read_parquet({quoted(folder / '*.parquet')}) order by _line"
        return connection.execute(query).fetchall()


def test_shopify_orders_keep_pesos_offsets_apostrophes_and_notes_of_two_lines(home: Home, written: Written) -> None:
    land(home, written("orders_export_1.csv", SHOPIFY), asked=Asked("lamps"))
    assert config.world("lamps").reporting_currency == "CLP"
    found = rows(
        home,
        "select order_ref, ordered_at, status, line_sku, line_price, order_subtotal, refunded_amount, _line "
        "from work.landed.export__order_row order by _line",
    )
    assert found == [
        ("#1", datetime(2025, 10, 2, 20, 9, 34), "placed", "007", 19990, 19990, 500, 2),
        ("#1", None, None, None, 0, None, None, 4),
        ("#2", datetime(2025, 10, 3, 20, 9, 34), "placed", None, 5000, 5000, 0, 5),
        ("#3", datetime(2025, 10, 4, 20, 9, 34), "cancelled", None, 5000, 5000, 0, 6),
    ]
    assert rows(home, "select order_ref from work.landed.export__order_row where is_test = 'yes'") == [("#3",)]
    # Who orders with a phone alone, or at the till without a word, is there all the same.
    assert personal(home, "lamps_shopify__order_row", "email, phone, full_name") == [
        ("ada@example.org", None, "Ada Ahn"),
        ("ada@example.org", None, None),
        (None, "+56911111111", None),
        (None, None, None),
    ]
    assert not any("ada" in path.read_text(errors="ignore") for path in home.landed.rglob("*") if path.is_file())


def test_rows_that_carry_an_order_on_are_known_with_their_file_and_its_first_row_when_it_was_placed(
    home: Home, written: Written
) -> None:
    land(home, written("orders_export_1.csv", SHOPIFY), asked=Asked("lamps"))
    known = rows(home, "select _line, _known_at from work.landed.export__order_row order by _line")
    assert known[0] == (2, datetime(2025, 10, 2, 20, 9, 34))
    assert known[1][1] == config.world("lamps").as_of(config.world("lamps").last_business_date)


def test_shopify_customers_have_apostrophes_and_answers_from_the_date_of_the_file(home: Home, written: Written) -> None:
    labels = (
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Phone,Accepts SMS Marketing,Default Address Zip"
    )
    text = f"{labels}\n'7,Ada,Ahn,ada@example.org,yes,'+49170,no,'01067\n'8,Bo,Berg,,no,,,\n"
    land(home, written("orders_export_1.csv", SHOPIFY), written("customers_export.csv", text), asked=Asked("lamps"))
    assert personal(home, "lamps_shopify__contact", "contact_ref, phone, postcode")[0] == ("7", "+49170", "01067")
    day = config.world("lamps").as_of(config.world("lamps").last_business_date)
    answers = rows(
        home, "select record_key, channel, answer, effective_at from work.landed.consent_answer order by all"
    )
    assert answers == [
        ("lamps_shopify:7", "email", "yes", day),
        ("lamps_shopify:7", "sms", "no", day),
        ("lamps_shopify:8", "email", "no", day),
    ]


def test_hubspot_times_are_of_the_zone_told_and_only_an_opt_out_is_an_answer(home: Home, written: Written) -> None:
    text = "Record ID,First Name,Last Name,Email,Create Date,Unsubscribed from all email\n"
    text += "1,A,B,a@example.org,2025-07-01 09:30,true\n2,C,D,c@example.org,2025-01-01 09:30,false\n3,E,F,,,\n"
    land(home, written("hubspot-crm-exports-all-contacts-2025-11-02.csv", text))
    created = rows(home, "select contact_ref, created_at from work.landed.export__contact order by 1")
    assert created[:2] == [("1", datetime(2025, 7, 1, 7, 30)), ("2", datetime(2025, 1, 1, 8, 30))]
    answers = rows(home, "select record_key, channel, answer from work.landed.consent_answer")
    assert answers == [("lamps_hubspot:1", "email", "no")]


def test_woocommerce_zero_is_a_guest_and_unpaid_orders_do_not_count(home: Home, written: Written) -> None:
    head = (
        "order_id,date,status,order_total,customer_id,billing_email,item_name,item_quantity,item_total,shipping_total"
    )
    text = f"{head}\n1,2025-07-01 12:00:00,wc-completed,12,0,a@example.org,Lamp,1,10,2\n"
    text += "2,2025-07-01 12:00:00,pending,12,5,b@example.org,Lamp,1,10,2\n"
    land(home, written("orders.csv", text))
    assert rows(
        home,
        "select order_ref, contact_ref, status, line_total, ordered_at from work.landed.export__order_row order by 1",
    ) == [
        ("1", None, "placed", 10, datetime(2025, 7, 1, 10)),
        ("2", "5", "cancelled", 10, datetime(2025, 7, 1, 10)),
    ]


def test_stripe_times_are_utc_whatever_the_shops_zone_and_amounts_have_thousands(home: Home, written: Written) -> None:
    text = "id,Created (UTC),Amount,Amount Refunded,Currency,Customer Email,Status,Refunded date (UTC)\n"
    text += 'ch_1,2025-07-01 23:30:00,"1,234.50",0.50,eur,a@example.org,Refunded,2025-07-05 10:00:00\n'
    text += "ch_2,2025-07-01 22:30:00,5.00,0.00,eur,,Failed,\n"
    land(home, written("payments.csv", text))
    assert rows(
        home,
        "select order_ref, ordered_at, order_total, status, refunded_amount, refunded_at "
        "from work.landed.export__order_row order by 1",
    ) == [
        ("ch_1", datetime(2025, 7, 1, 23, 30), Decimal("1234.50"), "placed", Decimal("0.50"), datetime(2025, 7, 5, 10)),
        ("ch_2", datetime(2025, 7, 1, 22, 30), 5, "cancelled", 0, None),
    ]


def test_magento_writes_months_in_words_and_money_with_its_sign(home: Home, written: Written) -> None:
    text = "ID,Purchase Date,Bill-to Name,Grand Total (Base),Status\n"
    text += '000000001,"Jul 1, 2025 11:30:00 PM",Ada Ahn,"€1,234.50",Complete\n'
    text += '000000002,"Jul 2, 2025 11:30:00 AM",Bo Berg,€5.00,Pending Payment\n'
    land(home, written("export.csv", text))
    assert rows(
        home, "select order_ref, ordered_at, order_total, status from work.landed.export__order_row order by 1"
    ) == [
        ("000000001", datetime(2025, 7, 1, 21, 30), Decimal("1234.50"), "placed"),
        ("000000002", datetime(2025, 7, 2, 9, 30), 5, "cancelled"),
    ]


def test_mailchimps_three_files_are_answers_with_their_own_times(home: Home, written: Written) -> None:
    head, tail = "Email Address,First Name,OPTIN_TIME,CONFIRM_TIME,EUID", "2025-01-01 10:00:00,2025-01-02 10:00:00"
    files = [
        written("subscribed.csv", f"{head}\na@example.org,A,{tail},aa\n"),
        written("unsubscribed.csv", f"{head},UNSUB_TIME\nb@example.org,B,{tail},bb,2025-03-02 10:00:00\n"),
        written("cleaned.csv", f"{head},CLEAN_TIME\nc@example.org,C,{tail},cc,2025-04-02 10:00:00\n"),
    ]
    land(home, *files)
    answers = rows(home, "select record_key, answer, effective_at from work.landed.consent_answer order by 1")
    assert answers == [
        ("lamps_mailchimp:aa", "yes", datetime(2025, 1, 2, 9)),
        ("lamps_mailchimp:bb", "no", datetime(2025, 3, 2, 9)),
        ("lamps_mailchimp:cc", "no", datetime(2025, 4, 2, 8)),
    ]


def test_klaviyo_never_subscribed_is_no_answer(home: Home, written: Written) -> None:
    text = "Klaviyo ID,Email,Email Marketing Consent,SMS Marketing Consent\n"
    text += "K1,a@example.org,SUBSCRIBED,NEVER_SUBSCRIBED\nK2,b@example.org,UNSUBSCRIBED,SUBSCRIBED\n"
    land(home, written("klaviyo_2025-11-02.csv", text))
    answers = rows(home, "select record_key, channel, answer from work.landed.consent_answer order by all")
    assert answers == [
        ("lamps_klaviyo:K1", "email", "yes"),
        ("lamps_klaviyo:K2", "email", "no"),
        ("lamps_klaviyo:K2", "sms", "yes"),
    ]


REES46_HEAD = "Event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"


def test_rees46_rows_have_utc_times_words_of_their_own_and_no_number(home: Home, written: Written) -> None:
    text = REES46_HEAD + (
        "2019-10-01 00:00:00 UTC,view,7,2053,,,5.00,51,s1\n"
        "2019-10-01 00:00:01 UTC,cart,7,2053,home.lamp,ada,5.00,51,s1\n"
        "2019-10-01 00:00:02 UTC,remove_from_cart,7,2053,,,0.00,51,s1\n"
        "2019-10-01T00:00:02.5Z,purchase,8,2053,,,29.990000000000002,51,s1\n"
        "2019-10-01 00:00:02 UTC,purchase,8,2053,,,5,51,\n"
    )
    land(home, written("2019-Oct.csv", text))
    found = rows(
        home,
        "select event_name, event_at, user_id, order_id, product_id, price, detail, anonymous_id "
        "from work.landed.export__event order by _line",
    )
    at = datetime(2019, 10, 1)
    assert found == [
        ("Product Viewed", at, "51", "s1", "7", Decimal("5.00"), "line", None),
        ("Product Added", at.replace(second=1), "51", "s1", "7", Decimal("5.00"), "line", None),
        ("Product Removed", at.replace(second=2), "51", "s1", "7", Decimal("0.00"), "line", None),
        ("Order Completed", at.replace(second=2, microsecond=500_000), "51", "s1", "8", Decimal("29.99"), "line", None),
        ("Order Completed", at.replace(second=2), "51", None, "8", Decimal("5.00"), "line", None),
    ]


def test_rees46_rows_are_one_event_where_they_are_copies_in_one_file_or_two(home: Home, written: Written) -> None:
    one, other = (f"2019-10-01 00:00:00 UTC,purchase,7,2053,,,{price},51,s1\n" for price in ("5.00", "6.00"))
    land(home, written("a.csv", REES46_HEAD + one + one + other))
    land(home, written("b.csv", REES46_HEAD.lower() + other + one.replace("00 UTC", "01 UTC")))
    assert rows(home, "select count(distinct event_id), count(*) from work.landed.export__event") == [(3, 5)]


def test_a_contract_whose_hash_names_no_label_of_its_columns_is_told(home: Home, written: Written) -> None:
    land(home, written("a.csv", REES46_HEAD + "2019-10-01 00:00:00 UTC,purchase,7,2053,,,5.00,51,s1\n"))
    path = config.CONF / "sources" / "lamps_rees46__event.yml"
    path.write_text(path.read_text().replace("event_type, product_id", "event_type, products_id"))
    load_entity.cache_clear()
    with pytest.raises(UsageError, match=r"the label of no column: 'products_id'\. Did you mean 'product_id'"):
        load_entity("lamps_rees46__event")


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("Customer ID,Date,Amount\n7,2025-07-01,5.00\n7,2025-07-01,6.50\n", [5, Decimal("6.50")]),
        ('Kundennummer;Datum;Betrag\n7;01.07.2025;"1.234,50 €"\n'.replace(";", ","), [Decimal("1234.50")]),
    ],
)
def test_a_plain_table_needs_customer_time_and_amount(
    home: Home, written: Written, text: str, amounts: list[Decimal]
) -> None:
    land(home, written("sales.csv", text))
    found = rows(
        home, "select order_ref, contact_ref, order_per, line_total from work.landed.export__order_row order by _line"
    )
    assert found == [("7", "7", "day", amount) for amount in amounts]


def test_a_row_nobody_can_read_is_kept_apart_and_the_rest_goes_on(home: Home, written: Written) -> None:
    good = "".join(f"{number},2025-07-01,5.00\n" for number in range(200))
    land(home, written("sales.csv", f"Customer ID,Date,Amount\n{good}7,2025-07-01,five\n"))
    assert [(row["reason"], row["rows"]) for row in list_quarantine(home)] == [("line_total: not a decimal", 1)]
    assert rows(home, "select count(*) from work.landed.export__order_row") == [(200,)]


def test_an_export_that_lacks_a_column_stands_beside_one_that_has_it(home: Home, written: Written) -> None:
    land(home, written("orders_export_1.csv", SHOPIFY), asked=Asked("lamps"))
    least = "Name,Email,Created at,Lineitem quantity,Lineitem price,Total\n"
    least += "#9,b@example.org,2025-11-02 17:09:34 -0300,1,5,5\n"
    land(home, written("orders_export_2.csv", least), asked=Asked("lamps"))
    found = rows(home, "select order_ref, status, line_name from work.landed.export__order_row order by 1, _line")
    assert found[0] == ("#1", "placed", "Lamp") and found[-1] == ("#9", None, None)
