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

_HUBSPOT = """
select
    contact_id as "Record ID",
    first_name as "First Name",
    last_name as "Last Name",
    email as "Email",
    phone as "Phone Number",
    '' as "Contact owner",
    strftime(timezone('UTC', epoch_ms(created_ms)), '%Y-%m-%d %H:%M') as "Create Date",
    city as "City",
    postcode as "Postal Code",
    country as "Country/Region",
    case email_consent when 'no' then 'true' else 'false' end as "Unsubscribed from all email",
    case email_consent when 'no' then '' else 'Legitimate interest – existing customer' end
        as "Legal basis for processing contact's data",
    'customer' as "Lifecycle Stage"
from shop_contact
where is_test <> 'yes'
order by contact_id
"""

_WOOCOMMERCE = f"""
with {_PAID_BACK}
select
    order_id, order_id as order_number,
    strftime(timezone('UTC', epoch_ms(orders.ordered_ms)), '%Y-%m-%d %H:%M:%S') as "date",
    case
        when status = 'cancelled' then 'cancelled'
        when refunded_cents > 0 and refunded_cents = orders.net_cents then 'refunded'
        else 'completed' end as status,
    {_money("shipping_cents")} as shipping_total, '0.00' as tax_total, '0.00' as discount_total,
    {_money("orders.net_cents + shipping_cents")} as order_total,
    {_money("refunded_cents")} as refunded_total,
    'EUR' as order_currency, payment_method, coalesce(contact_id, 0) as customer_id,
    first_name as billing_first_name, last_name as billing_last_name, email as billing_email, phone as billing_phone,
    city as billing_city, country as billing_country,
    'Product ' || product_id as line_item_name, 'SKU-' || product_id as line_item_sku,
    quantity as line_item_quantity, {_money("line.net_cents")} as line_item_total
from orders
join line using (order_id)
where status <> 'test'
order by orders.ordered_ms desc, order_id, line_number
"""

_STRIPE = f"""
with {_PAID_BACK}
select
    'ch_' || order_id as "id",
    strftime(epoch_ms(ordered_ms), '%Y-%m-%d %H:%M:%S') as "Created (UTC)",
    format('{{:,.2f}}', net_cents / 100) as "Amount",
    format('{{:,.2f}}', refunded_cents / 100) as "Amount Refunded",
    'eur' as "Currency",
    case when status = 'cancelled' then 'Failed' when refunded_cents > 0 then 'Refunded' else 'Paid' end as "Status",
    'Order ' || order_id as "Description",
    strftime(epoch_ms(refunded_ms), '%Y-%m-%d %H:%M:%S') as "Refunded date (UTC)",
    case when contact_id is not null then 'cus_' || contact_id end as "Customer ID",
    email as "Customer Email"
from orders
left join (select order_id, max(refunded_ms) as refunded_ms from refund group by order_id) using (order_id)
where status <> 'test'
order by ordered_ms desc, order_id
"""

_MAGENTO = f"""
with {_PAID_BACK}
select
    lpad(order_id::varchar, 9, '0') as "ID",
    'Main Website' as "Purchase Point",
    strftime(timezone('UTC', epoch_ms(ordered_ms)), '%b %d, %Y %I:%M:%S %p') as "Purchase Date",
    coalesce(first_name || ' ' || last_name, 'Guest') as "Bill-to Name",
    coalesce(first_name || ' ' || last_name, 'Guest') as "Ship-to Name",
    format('€{{:,.2f}}', (net_cents + shipping_cents) / 100) as "Grand Total (Base)",
    format('€{{:,.2f}}', (net_cents + shipping_cents) / 100) as "Grand Total (Purchased)",
    case
        when status = 'cancelled' then 'Canceled'
        when refunded_cents > 0 and refunded_cents = net_cents then 'Closed'
        else 'Complete' end as "Status",
    email as "Customer Email",
    format('€{{:,.2f}}', shipping_cents / 100) as "Shipping and Handling",
    payment_method as "Payment Method",
    format('€{{:,.2f}}', refunded_cents / 100) as "Total Refunded"
from orders
where status <> 'test'
order by ordered_ms desc, order_id
"""


def _mailchimp(answer: str, labels: str, where: str) -> str:
    return f"""
select
    email as "Email Address", first_name as "First Name", last_name as "Last Name", phone as "Phone Number",
    2 as "MEMBER_RATING",
    strftime(timezone('UTC', epoch_ms(created_ms)), '%Y-%m-%d %H:%M:%S') as "OPTIN_TIME", '' as "OPTIN_IP",
    strftime(timezone('UTC', epoch_ms(consent_ms)), '%Y-%m-%d %H:%M:%S') as "CONFIRM_TIME", '' as "CONFIRM_IP",
    '' as "LAST_CHANGED", contact_id as "LEID", md5(contact_id::varchar) as "EUID", '' as "NOTES", '' as "TAGS"{labels}
from shop_contact
where is_test <> 'yes' and email <> '' and email_consent = '{answer}' and {where}
order by contact_id
"""


_AT_CONSENT = "strftime(timezone('UTC', epoch_ms(consent_ms)), '%Y-%m-%d %H:%M:%S')"
_MAILCHIMP = {
    "subscribed_members_export_1.csv": _mailchimp("yes", "", "true"),
    "unsubscribed_members_export_1.csv": _mailchimp(
        "no", f', {_AT_CONSENT} as "UNSUB_TIME", \'\' as "UNSUB_REASON"', "contact_id % 10 > 0"
    ),
    "cleaned_members_export_1.csv": _mailchimp(
        "no", f', {_AT_CONSENT} as "CLEAN_TIME", \'\' as "CLEAN_CAMPAIGN_TITLE"', "contact_id % 10 = 0"
    ),
}

_KLAVIYO = """
select
    'K' || contact_id as "Klaviyo ID", email as "Email", phone as "Phone Number", first_name as "First Name",
    last_name as "Last Name", street as "Address", city as "City", postcode as "Zip Code", country as "Country",
    strftime(timezone('UTC', epoch_ms(created_ms)), '%Y-%m-%d %H:%M:%S') as "Profile Created On",
    case email_consent when 'yes' then 'SUBSCRIBED' when 'no' then 'UNSUBSCRIBED' else 'NEVER_SUBSCRIBED' end
        as "Email Marketing Consent",
    case sms_consent when 'yes' then 'SUBSCRIBED' when 'no' then 'UNSUBSCRIBED' else 'NEVER_SUBSCRIBED' end
        as "SMS Marketing Consent"
from shop_contact
where is_test <> 'yes'
order by contact_id
"""

_TRANSACTIONS = f"""
with {_PAID_BACK}
select
    coalesce(contact_id, 0 - order_id) as "Customer ID",
    strftime(timezone('UTC', epoch_ms(ordered_ms)), '%Y-%m-%d %H:%M:%S') as "Date",
    {_money("net_cents")} as "Amount",
    order_id as "Order ID"
from orders
where status = 'completed'
order by ordered_ms, order_id
"""

FORMATS: dict[str, dict[str, str]] = {
    "shopify": {"orders_export_1.csv": _SHOPIFY_ORDERS, "customers_export.csv": _SHOPIFY_CUSTOMERS},
    "hubspot": {"hubspot-crm-exports-all-contacts.csv": _HUBSPOT},
    "woocommerce": {"orders.csv": _WOOCOMMERCE},
    "stripe": {"payments.csv": _STRIPE},
    "magento": {"export.csv": _MAGENTO},
    "mailchimp": _MAILCHIMP,
    "klaviyo": {"klaviyo_export.csv": _KLAVIYO},
    "transactions": {"transactions.csv": _TRANSACTIONS},
}
"""By what they are asked for: the files of a system, and the query of each."""

WITHOUT_ORDERS = ("hubspot", "mailchimp", "klaviyo")
"""Of these, the systems that know contacts only."""
