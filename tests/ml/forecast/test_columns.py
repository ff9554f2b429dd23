"""Which column of a log is which."""

from __future__ import annotations

import re

import pytest

from ml.forecast.columns import LogColumns, choose_columns
from regulars.errors import UsageError


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (
            "household_id store_id basket_id product_id quantity sales_value retail_disc week transaction_timestamp",
            LogColumns("household_id", "transaction_timestamp", "sales_value", "basket_id"),
        ),
        (
            "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country Amount",
            LogColumns("CustomerID", "InvoiceDate", "Amount", "InvoiceNo"),
        ),
        (
            "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country",
            LogColumns("CustomerID", "InvoiceDate", "UnitPrice", "InvoiceNo", quantity="Quantity"),
        ),
        (
            "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
            LogColumns("Customer ID", "InvoiceDate", "Price", "Invoice", quantity="Quantity"),
        ),
        ("client when total qty", LogColumns("client", "when", "total")),
        ("customer_id date quantity amount", LogColumns("customer_id", "date", "amount")),
        (
            "order_id customer_email order_date order_value category",
            LogColumns("customer_email", "order_date", "order_value", "order_id", "category"),
        ),
        ("user_id created_at total transaction_id", LogColumns("user_id", "created_at", "total", "transaction_id")),
        ("customer_id lat format birthday sold_at amount", LogColumns("customer_id", "sold_at", "amount")),
        ("client date_of_sale revenue department", LogColumns("client", "date_of_sale", "revenue", None, "department")),
    ],
)
def test_columns_are_told_by_their_names(header: str, chosen: LogColumns) -> None:
    assert choose_columns(re.split("[ ,]" if "," not in header else ",", header), {}, "log.csv") == chosen


def test_what_is_told_wins_and_leaves_the_others_to_be_guessed() -> None:
    names = ["customer_id", "shipped_at", "ordered_at", "amount"]
    assert choose_columns(names, {}, "log.csv").time == "shipped_at"
    assert choose_columns(names, {"time": "ordered_at"}, "log.csv") == LogColumns("customer_id", "ordered_at", "amount")


def test_an_unknown_role_or_column_names_the_nearest() -> None:
    names = ["customer_id", "date", "amount"]
    with pytest.raises(UsageError, match="Did you mean 'amount'"):
        choose_columns(names, {"amout": "amount"}, "log.csv")
    with pytest.raises(UsageError, match="Did you mean 'customer_id'"):
        choose_columns(names, {"customer": "customer"}, "log.csv")


def test_a_role_nothing_speaks_for_is_asked_for_and_never_made_up() -> None:
    with pytest.raises(UsageError, match=r"--map time=COLUMN --map amount=COLUMN") as refused:
        choose_columns(["customer_id", "foo", "bar"], {}, "log.csv")
    assert "there are: customer_id, foo, bar" in str(refused.value)
