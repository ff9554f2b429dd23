{{ config(
    materialized='incremental',
    pre_hook="{{ forget_touched('cart_id', 'int_web__carts_touched') }}",
    post_hook="{{ follow_customers('cart_id') }}"
) }}
with origin as (
    select max(as_of) as as_of
    from {{ source('run', 'origin') }}
),

cart as (
    select
        cart_id,
        {{ cart_measures() }}
    from {{ ref('int_web__interactions_deduped') }}
    where cart_id is not null and {{ is_touched('cart_id', 'int_web__carts_touched') }}
    group by cart_id
),

-- Users of exports by the number that stands for them.
export_user as (
    select user_number, min(record_key) as record_key
    from {{ ref('int_exports__visitors_identified') }}
    group by user_number
),

named as (
    select cart.*, coalesce(export_user.record_key, cast(cart.user_id as varchar)) as record_key
    from cart
    left join export_user on cart.user_id = export_user.user_number
)

select
    cart.cart_id,
    cart.record_key,
    record.customer_id,
    cart.started_at,
    cart.last_event_at,
    {{ business_day('cart.started_at') }} as business_date,
    cast(cart.units as integer) as items,
    {{ money('cart.amount') }} as value,
    context.reporting_currency as currency,
    cart.order_id is null and cart.last_event_at <= {{ session_end_before('origin.as_of') }} as is_abandoned,
    cart.order_id
from named as cart
cross join {{ source('run', 'context') }} as context
cross join origin
left join {{ source('resolve', 'customer_record') }} as record
    on record.source = 'web' and cart.record_key = record.record_key
