"""How each system writes the shop down in its exports: a query a file, over the tables of `exports`.

Quirks are those of the real files: rows that continue an order say little of it, ids have an apostrophe in front, times
have an offset after a blank, notes have commas and quotes.
"""

from __future__ import annotations

_PAID_BACK = """paid_back as (
    select order_id, sum(cents) as cents from refund group by order_id
),
summed as (
    select
        line.order_id, sum(net_cents) as net_cents, sum(discount_cents) as discount_cents,
        max(line_number) as lines
    from line group by line.order_id
),
orders as (
    select
        placed.*, summed.net_cents, summed.discount_cents, coalesce(paid_back.cents, 0) as refunded_cents,
        coalesce(contact.email, placed.guest_email) as email, contact.phone, contact.country, contact.city,
        contact.first_name, contact.last_name
    from shop_order as placed
    join summed using (order_id)
    left join paid_back using (order_id)
    left join shop_contact as contact on contact.contact_id = placed.contact_id
)"""


def _money(cents: str) -> str:
    return f"(({cents}) * 0.01::decimal(3, 2))"


def _local(milliseconds: str) -> str:
    """A time as Shopify writes it: in the session's zone, the offset after a blank and without a colon."""
    at = f"timezone('UTC', epoch_ms({milliseconds}))"
    return f"strftime({at}, '%Y-%m-%d %H:%M:%S ') || rpad(strftime({at}, '%z'), 5, '0')"


_FIRST = "line.line_number = 1"


def _once(value: str) -> str:
    """What stands in the first row of an order only."""
    return f"case when {_FIRST} then {value} end"


_STATUS = """case
    when status = 'cancelled' then 'voided'
    when refunded_cents > 0 and refunded_cents = orders.net_cents then 'refunded'
    when refunded_cents > 0 then 'partially_refunded'
    else 'paid' end"""

_SHOPIFY_ORDERS = f"""
with {_PAID_BACK}
select
    '#' || order_id as "Name",
    coalesce(email, '') as "Email",
    {_once(_STATUS)} as "Financial Status",
    {_once(_local("orders.ordered_ms"))} as "Paid at",
    {_once("'fulfilled'")} as "Fulfillment Status",
    {_once("'no'")} as "Accepts Marketing",
    {_once("'EUR'")} as "Currency",
    {_once(_money("orders.net_cents"))} as "Subtotal",
    {_once(_money("shipping_cents"))} as "Shipping",
    {_once("'0.00'")} as "Taxes",
    {_once(_money("orders.net_cents + shipping_cents"))} as "Total",
    {_once("case when orders.discount_cents > 0 then 'SAVE' else '' end")} as "Discount Code",
    {_once(_money("orders.discount_cents"))} as "Discount Amount",
    {_once("'Standard, ' || chr(34) || 'insured' || chr(34)")} as "Shipping Method",
    {_once(_local("orders.ordered_ms"))} as "Created at",
    quantity as "Lineitem quantity",
    'Product ' || product_id as "Lineitem name",
    {_money("price_cents")} as "Lineitem price",
    'SKU-' || product_id as "Lineitem sku",
    'true' as "Lineitem requires shipping",
    {_once("first_name || ' ' || last_name")} as "Billing Name",
    {_once("city")} as "Billing City",
    {_once("country")} as "Billing Country",
    {_once("case when phone <> '' then '''' || phone end")} as "Billing Phone",
    {_once("case when order_id % 97 = 0 then 'ring twice' || chr(10) || 'or leave it, thanks' end")} as "Notes",
    {_once(_local("cancelled_ms"))} as "Cancelled at",
    {_once("case when status = 'test' then '(for testing) Bogus Gateway' else payment_method end")} as "Payment Method",
    {_once(_money("refunded_cents"))} as "Refunded Amount",
    'Regulars' as "Vendor",
    {_once("order_id")} as "Id",
    '' as "Tags",
    '0.00' as "Lineitem discount",
    {_once("case when phone <> '' then '''' || phone end")} as "Phone"
from orders
join line using (order_id)
order by orders.ordered_ms desc, order_id, line_number
"""

_SHOPIFY_CUSTOMERS = """
select
    '''' || contact_id as "Customer ID",
    first_name as "First Name",
    last_name as "Last Name",
    email as "Email",
    email_consent as "Accepts Email Marketing",
    '' as "Default Address Company",
    street as "Default Address Address1",
    '' as "Default Address Address2",
    city as "Default Address City",
    '' as "Default Address Province Code",
    country as "Default Address Country Code",
    '''' || postcode as "Default Address Zip",
    '' as "Default Address Phone",
    case when phone <> '' then '''' || phone end as "Phone",
    sms_consent as "Accepts SMS Marketing",
    '0.00' as "Total Spent",
    '0' as "Total Orders",
    '' as "Note",
    'no' as "Tax Exempt",
    '' as "Tags"
from shop_contact
where is_test <> 'yes'
order by contact_id
"""

FORMATS: dict[str, dict[str, str]] = {
    "shopify": {"orders_export_1.csv": _SHOPIFY_ORDERS, "customers_export.csv": _SHOPIFY_CUSTOMERS},
}
"""By what they are asked for: the files of a system, and the query of each."""
