"""Tiny tables at every boundary in which every claim of every suite holds."""

from __future__ import annotations

from pathlib import Path

from regulars import warehouse

LANDED_AT = "timestamp '2017-03-02 09:00:00'"

LANDED = f"""
create table crm__household as
select * from (values (1, '35-44', '0', 'a', 2), (2, '65+', '3+', 'a', 3), (1, null, null, 'b', 2))
    as row (household_id, age, kids_count, _content, _line), (select {LANDED_AT} as _known_at);
create table transactions__basket_line as
select
    household_id, 300 as store_id, basket_id, product_id, quantity, sales_value::decimal(18, 2) as sales_value,
    0.00::decimal(18, 2) as retail_disc, 0.10::decimal(18, 2) as coupon_disc, 0.00::decimal(18, 2) as coupon_match_disc,
    timestamp '2017-03-01 17:00:00' as transaction_timestamp, _content, _line, {LANDED_AT} as _known_at
from (values (1, 10, 500, 1, 2.50, 'a', 2), (1, 10, 501, 2, 1.00, 'a', 3), (2, 11, 500, 1, 2.50, 'b', 2))
    as row (household_id, basket_id, product_id, quantity, sales_value, _content, _line);
create table transactions__product as
select *, {LANDED_AT} as _known_at
from (values (500, 'GROCERY', 'a', 2), (501, 'PRODUCE', 'a', 3)) as row (product_id, department, _content, _line);
create table transactions__purchase as
select customer_id, date '1997-01-01' as purchased_on, cds, amount::decimal(18, 2) as amount, _content, _line,
    {LANDED_AT} as _known_at
from (values (1, 1, 11.77, 'a', 2), (2, 3, 30.00, 'a', 3)) as row (customer_id, cds, amount, _content, _line);
create table web__event as
select message_id, 'track' as type, user_id, event, campaign_id,
    timestamp '2017-03-01 10:00:00' as original_timestamp, timestamp '2017-03-01 10:00:01' as sent_at,
    timestamp '2017-03-01 10:00:02' as received_at, _content, _line, {LANDED_AT} as _known_at
from (values ('m1', '1', 'Campaign Received', 8, 'a', 1), ('m2', '2', 'Coupon Redeemed', 9, 'a', 2))
    as row (message_id, user_id, event, campaign_id, _content, _line);
"""

SHOP_AT = "timestamp '2025-03-02 09:00:00'"

SHOP = f"""
create table crm__contact as
select
    contact_id, timestamp '2025-03-01 10:00:00' as created_at, timestamp '2025-03-01 10:00:00' as updated_at,
    birth_year, country, 'yes' as email_consent, null::varchar as sms_consent, 'no' as profiling_consent,
    'no' as is_test, _content, _line, {SHOP_AT} as _known_at
from (values (1, 1980, 'DE', 'a', 2), (2, null, 'Austria', 'a', 3), (1, 1980, 'DE', 'b', 2))
    as row (contact_id, birth_year, country, _content, _line);
create table crm__support_contact as
select
    ticket_id, 1 as contact_id, timestamp '2025-03-01 10:00:00' as opened_at, channel,
    resolved_at::timestamp as resolved_at,
    _content, _line, {SHOP_AT} as _known_at
from (values (1, 'chat', '2025-03-01 11:00:00', 'a', 2), (2, 'phone', null, 'a', 3))
    as row (ticket_id, channel, resolved_at, _content, _line);
create table crm__survey_answer as
select answer_id, 1 as contact_id, timestamp '2025-03-01 10:00:00' as answered_at, question, 'wine' as answer,
    _content, _line, {SHOP_AT} as _known_at
from (values (1, 'interest', 'a', 2), (2, 'lifestyle', 'a', 3)) as row (answer_id, question, _content, _line);
create table enrichment__consumer as
select record_id, date '2025-02-01' as data_date, 'high' as income_band, null::varchar as household_size,
    null::varchar as home_ownership, null::varchar as employer_industry, _content, _line, {SHOP_AT} as _known_at
from (values ('r1', 'a', 2), ('r2', 'a', 3)) as row (record_id, _content, _line);
create table enrichment__area as
select country, '1010' as postcode, date '2025-02-01' as data_date, 'high' as income_band, _content, _line,
    {SHOP_AT} as _known_at
from (values ('AT', 'a', 2), ('CH', 'a', 3)) as row (country, _content, _line);
create table social__engagement as
select engagement_id, timestamp '2025-03-01 10:00:00' as happened_at, kind, language, sentiment_basis_points,
    _content, _line, {SHOP_AT} as _known_at
from (values ('a', 'comment', 'en', 4404, 'a', 2), ('b', 'reaction', null, null, 'a', 3))
    as row (engagement_id, kind, language, sentiment_basis_points, _content, _line);
create table transactions__order as
select
    order_id, status, 'card' as payment_method, 'EUR' as currency, timestamp '2025-03-01 10:00:00' as ordered_at,
    timestamp '2025-03-01 10:00:00' as updated_at, 4.95::decimal(18, 2) as shipping, _content, _line,
    {SHOP_AT} as _known_at
from (values (1, 'completed', 'a', 2), (2, 'test', 'a', 3), (1, 'cancelled', 'b', 2))
    as row (order_id, status, _content, _line);
create table transactions__order_line as
select
    1 as order_id, line_number, 500 as product_id, 2 as quantity, 2.50::decimal(18, 2) as unit_price,
    0.50::decimal(18, 2) as discount, 4.50::decimal(18, 2) as net_revenue,
    timestamp '2025-03-01 10:00:00' as ordered_at, _content, _line, {SHOP_AT} as _known_at
from (values (1, 'a', 2), (2, 'a', 3)) as row (line_number, _content, _line);
create table transactions__refund as
select
    refund_id, 1 as order_id, 4.50::decimal(18, 2) as amount, 'yes' as is_return,
    timestamp '2025-03-01 10:00:00' as refunded_at, _content, _line, {SHOP_AT} as _known_at
from (values (1, 'a', 2), (2, 'a', 3)) as row (refund_id, _content, _line);
create table web__interaction as
select
    message_id, 'track' as type, 'v1' as anonymous_id, event, order_id, 2.50::decimal(18, 2) as price, quantity,
    timestamp '2025-03-01 10:00:00' as original_timestamp, timestamp '2025-03-01 10:00:01' as sent_at,
    timestamp '2025-03-01 10:00:02' as received_at, timestamp '2025-03-01 10:00:01' as "timestamp",
    _content, _line, {SHOP_AT} as _known_at
from (values ('m1', 'Product Added', null, 1, 'a', 1), ('m2', 'Order Completed', 7, null, 'a', 2))
    as row (message_id, event, order_id, quantity, _content, _line);
"""

EXPORTS = f"""
create table export__order_row as
select
    '#1001' as order_ref, ordered_at::timestamp as ordered_at, status, 2.50::decimal(18, 2) as line_price,
    null::decimal(18, 2) as line_total, null::decimal(18, 2) as order_subtotal,
    order_total::decimal(18, 2) as order_total, 0.00::decimal(18, 2) as refunded_amount,
    _content, _line, {SHOP_AT} as _known_at
from (values ('2025-03-01 10:00:00', 'placed', 9.95, 'a', 2), (null, null, null, 'a', 3))
    as row (ordered_at, status, order_total, _content, _line);
create table export__event as
select
    event_id, event_name, {SHOP_AT} as event_at, '7' as user_id, detail, null::varchar as items,
    order_id, 2.50::decimal(18, 2) as price, null::decimal(18, 2) as value, null::decimal(18, 2) as order_total,
    order_revenue::decimal(18, 2) as order_revenue, _content, _line, {SHOP_AT} as _known_at
from (values
    ('m1', 'Order Completed', 'A7', 9.95, 'properties', 'a', 2), ('m2', 'Product Added', null, null, null, 'a', 3),
    ('m3', 'Order Completed', 's1', null, 'line', 'a', 4)
) as row (event_id, event_name, order_id, order_revenue, detail, _content, _line);
create table export__contact as
select
    contact_ref, email_consent, null::varchar as sms_consent, null::varchar as profiling_consent, _content, _line,
    {SHOP_AT} as _known_at
from (values ('1', 'yes', 'a', 2), ('2', null, 'a', 3)) as row (contact_ref, email_consent, _content, _line);
"""

AS_OF = "timestamp '2018-01-01 05:00:00'"

MARTS = f"""
create schema marts;
create table marts.dim_customer as
select * from (values
    (1::bigint, true, timestamp '2017-03-01 17:00:00', timestamp '2017-12-01 17:00:00'),
    (2::bigint, false, timestamp '2017-12-02 18:00:00', timestamp '2017-12-02 18:00:00'),
    (3::bigint, true, null, null)
) as row (customer_id, has_crm_record, first_order_at, last_order_at);
create table marts.fct_order_line as
select order_id, line_number, customer_id, product_id, department, net_revenue::decimal(18, 2) as net_revenue
from (values
    ('10', 1, 1::bigint, 500, 'GROCERY', 2.50), ('10', 2, 1, 501, 'PRODUCE', 1.00),
    ('11', 1, 1, 500, 'GROCERY', 2.50), ('12', 1, 2, 500, 'GROCERY', 5.00)
) as row (order_id, line_number, customer_id, product_id, department, net_revenue);
create table marts.fct_order as
select order_id, customer_id, ordered_at, ordered_at + interval 12 hour as known_at,
    net_revenue::decimal(18, 2) as net_revenue, 'USD' as currency, lines
from (values
    ('10', 1::bigint, timestamp '2017-03-01 17:00:00', 3.50, 2), ('11', 1, timestamp '2017-12-01 17:00:00', 2.50, 1),
    ('12', 2, timestamp '2017-12-02 18:00:00', 5.00, 1)
) as row (order_id, customer_id, ordered_at, net_revenue, lines);
create table marts.fct_order_version as
select order_id, net_revenue, known_at as known_from, null::timestamp as known_until from marts.fct_order;
create table marts.fct_refund as
select 1::bigint as refund_id, order_id, customer_id, ordered_at + interval 5 day as refunded_at, currency,
    1.00::decimal(18, 2) as amount
from marts.fct_order where order_id = '10';
create table marts.fct_refund_version as
select refund_id, refunded_at as known_from, null::timestamp as known_until from marts.fct_refund;
create table marts.fct_session as
select *, started_at + interval 10 minute as ended_at, 0 as checkouts, 0 as orders, false as is_bot
from (values
    (5::bigint, 1::bigint, timestamp '2017-12-01 16:00:00', 3, 1, 2, 0), (6, null, '2017-12-01 16:00:00', 1, 0, 0, 1)
) as row (session_id, customer_id, started_at, events, page_views, product_views, cart_additions);
create table marts.funnel_day as
select date '2017-12-01' as business_date, device_type, 2 as sessions, 2 as sessions_with_product_view,
    1 as sessions_with_cart_addition, 1 as sessions_with_checkout, 1 as sessions_with_order
from (values ('mobile'), ('desktop')) as row (device_type);
create table marts.fct_cart as
select * from (values ('a', 2::bigint, false, '10', 3.50, 2), ('b', 1, true, null, 1.00, 1))
    as row (cart_id, customer_id, is_abandoned, order_id, value, items);
create table marts.fct_interaction_duplicate as
select * from (values ('a', 2::bigint, 'm1', false), ('a', 3, 'm2', false))
    as row (content_sha256, source_line, event_id, is_conflict);
create table marts.fct_support_contact as
select ticket_id, customer_id, timestamp '2017-12-01 16:00:00' as opened_at,
    timestamp '2017-12-01 17:00:00' as resolved_at
from (values (1::bigint, 1::bigint), (2, 3)) as row (ticket_id, customer_id);
create table marts.enrichment_match as
from (values
    ('enrichment', 'consumer', 'own customers', 140::bigint, 20::bigint, 60::bigint, 10::bigint, 0.5),
    ('enrichment', 'area', 'CC BY 4.0', 9, 0, 9, 0, 1.0)
) as row (source, entity, licence, rows, expired_rows, matched_rows, shared_rows, match_rate);
create table marts.fct_social_engagement as
select engagement_id, customer_id, language, text_length, sentiment::decimal(9, 4) as sentiment
from (values ('a', 1::bigint, 'en-GB', 'short', 0.4404), ('b', null, 'de', 'short', null), ('c', 3, null, null, null))
    as row (engagement_id, customer_id, language, text_length, sentiment);
create table marts.bridge_customer_identifier as
from (values (1::bigint, 'crm', 'a'), (1, 'crm', 'b'), (3, 'crm', 'c')) as row (customer_id, source, record_key);
create table marts.fct_identity_edge as
from (values (1::bigint, 'a', 'b', 'same_email'), (1, 'a', 'b', 'same_loyalty_number'))
    as row (customer_id, left_record_key, right_record_key, rule);
create table marts.identity_refusal as
from (values ('shared_value', 'same_email', 'a', 9::bigint, 8::bigint))
    as row (reason, rule, record_key, records, descriptions);
create table marts.identity_quality as
from (values ('records', 'all', 4::decimal(18, 6)), ('customers', 'all', 3), ('labelled pairs', 'precision', 1))
    as row (measure, subject, figure);
create table marts.fct_consent as
select *, effective_at + interval 1 day as known_at, 'privacy-1' as policy_version
from (values
    (1::bigint, 'crm', 'a', 'marketing', 'email', 'grant', timestamp '2017-12-01 16:00:00'),
    (3, 'crm', 'c', 'profiling', 'records', 'deny', '2017-12-01 16:00:00')
) as row (customer_id, source, record_key, purpose, channel, decision, effective_at);
create table marts.customer_consent as
select customer.customer_id, asked.*, coalesce(said.decision = 'grant', asked.basis = 'opt_out') as is_allowed,
    said.decision, said.effective_at as decided_at
from marts.dim_customer as customer
cross join (values ('marketing', 'email', 'opt_in'), ('profiling', 'records', 'opt_out'))
    as asked (purpose, channel, basis)
left join marts.fct_consent as said using (customer_id, purpose, channel);
create table marts.customer_attribute_version as
select *, 'crm__contact' as entity, 'only record' as decided_by
from (values
    (1::bigint, 'city', timestamp '2017-01-02', timestamp '2017-06-02', 'Ulm', 'a'),
    (1, 'city', '2017-06-02', null, 'Bonn', 'b'), (3, 'city', '2017-01-02', null, 'Graz', 'c')
) as row (customer_id, attribute, valid_from, valid_to, value, record_key);
create table marts.customer_features as
select customer_id, {AS_OF} as as_of, days_since_last_order, net_revenue::decimal(18, 2) as net_revenue,
    recency_over_median_gap::double as recency_over_median_gap
from (values (1::bigint, 30, 6.00, 0.5), (2, 29, 5.00, null), (3, null, 0.00, null))
    as row (customer_id, days_since_last_order, net_revenue, recency_over_median_gap);
create table marts.customer_behaviour as
select customer_id, {AS_OF} as as_of, 1 as sessions_28d, 0 as sessions_28d_lag_28d, 1 as product_views_7d,
    2 as product_views_28d, 0 as cart_additions_7d, 0 as cart_additions_28d, 5 as product_detail_seconds_7d,
    9 as product_detail_seconds_28d, 46 as engagement_score, 0.5::double as returned_order_share_365d,
    0.1::double as discount_share_365d, 1.0::double as top_category_share_365d,
    2 as social_texts_scored_90d, 0.125::double as social_sentiment_90d
from (values (1::bigint)) as row (customer_id)
union all by name
select unnest([2::bigint, 3]) as customer_id, {AS_OF} as as_of;
create table marts.customer_rfm as
select customer_id, {AS_OF} as as_of, days_since_last_order, orders, net_revenue::decimal(18, 2) as net_revenue,
    r, f, m, 'New' as rfm_segment
from (values (1::bigint, 30, 2, 6.00, 1, 3, 3), (2, 29, 1, 5.00, 3, 1, 1))
    as row (customer_id, days_since_last_order, orders, net_revenue, r, f, m);
create table marts.customer_360 as select customer_id, as_of, net_revenue from marts.customer_features;
create table marts.dim_segment as
select * from (values ('rfm_new', 'New', 'RFM name is New', 'd'), ('ltv_high', 'High value', 'decile is 10', 'd'))
    as row (segment_id, name, rule, description);
create table marts.segment_membership as
select customer_id, segment_id, {AS_OF} as as_of, {AS_OF} as entered_at
from (values (1::bigint, 'rfm_new'), (2, 'rfm_new'), (1, 'ltv_high')) as row (customer_id, segment_id);
create table marts.segment_change as
select {AS_OF} as as_of, 'rfm' as family, null::varchar as from_segment, 'New' as to_segment, 2::bigint as customers;
create table marts.column_profile as
select 'crm' as source, 'contact' as entity, column_name, 10::bigint as rows, 10::bigint as known_rows,
    10::bigint as distinct_values, true as is_fit
from (values ('contact_id'), ('country')) as row (column_name);
create table marts.quality_check as
select check_name, 'comparison' as rule, severity, 100::bigint as checked_rows, found_rows
from (values ('order_is_worth_its_lines', 'critical', 0), ('cart_is_worth_its_order', 'warning', 1),
    ('order_of_a_cart_is_known', 'info', 50)) as row (check_name, severity, found_rows);
create table marts.quality_finding (check_name varchar, rule varchar, key varchar);
"""

SCORES = f"""
create schema run;
create table run.source_entity as select 'transactions' as source, true as is_required, null::varchar as kind;
create schema score;
create table score.customer_score as
select customer_id, {AS_OF} as as_of, model, 'v1' as version, 28 as horizon_days,
    probability::decimal(9, 6) as probability, amount::decimal(18, 2) as amount,
    case when model = 'ltv' then 'USD' end as currency, decile, false as is_baseline, null::varchar as baseline_reason,
    case when decile = 10 then 'higher: no order for 63 days' end as reason_1,
    null::varchar as reason_2, null::varchar as reason_3
from (values
    (1::bigint, 'churn', 0.2, null, 1), (2, 'churn', 0.7, null, 10), (1, 'ltv', null, 12.5, 10), (2, 'ltv', null, 0, 1)
) as row (customer_id, model, probability, amount, decile);
create table score.model_slice as
select 'churn' as model, 'v1' as version, 'tenure' as slice, group_name, 'roc_auc' as metric, value, customers
from (values ('old', 0.8::double, 60::bigint), ('new', null, 49)) as row (group_name, value, customers);
create table score.customer_cluster as
select customer_id, {AS_OF} as as_of, customer_id as cluster_id, 0.9::decimal(9, 6) as probability
from unnest([1::bigint, 2]) as row (customer_id);
create table score.cluster as
select cluster_id, name, 1::bigint as customers, 0.5 as share, 0.45 as share_when_found
from (values (1, 'Spend more'), (2, 'Spend less')) as row (cluster_id, name);
create table score.cluster_trial as
select 'k_means' as algorithm, clusters, clusters = 2 as is_chosen, 'because' as reason
from unnest([2, 3]) as row (clusters);
create table score.customer_forecast as
select 1::bigint as customer_id, {AS_OF} as as_of, 'v1' as version, 84 as horizon_days,
    0.5::decimal(9, 6) as p_active, 0.8::decimal(12, 4) as expected_orders, 10::decimal(18, 2) as expected_spend,
    0::decimal(18, 2) as spend_low, 20::decimal(18, 2) as spend_high, 'USD' as currency, 'blend' as model;
create table score.drift as
select 'churn' as model, 'feature' as what, 'orders' as name, 'psi' as measure, 0.01 as figure, 0.25 as alarm_at,
    'ok' as state, 0 as nights;
create table score.cart_score as
select 1::bigint as customer_id, {AS_OF} as as_of, 'b' as cart_id, 'v1' as version, 7 as horizon_days,
    0.5::decimal(9, 6) as probability, 10 as decile, 'high' as band, false as is_baseline,
    null::varchar as baseline_reason;
"""


def write_clean(folder: Path) -> None:
    """The files ``landed``, ``regulars`` and ``work`` in ``folder``."""
    for name, script in (("landed", LANDED + SHOP + EXPORTS), ("regulars", MARTS), ("work", SCORES)):
        with warehouse.scratch(folder / f"{name}.duckdb") as connection:
            connection.execute(script)
