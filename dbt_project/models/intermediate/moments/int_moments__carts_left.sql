-- Carts touched in the days before past instants, as each instant knew them: of the events before it that had been
-- delivered by then. What the mart says of a cart today may be what came afterwards. Grain: (as_of, cart_id).
with touched as (
    select distinct
        period.as_of,
        period.known_by,
        kept.cart_id,
        kept.customer_id
    from {{ ref('int_web__interactions_deduped') }} as event
    inner join {{ source('run', 'period') }} as period
        on
            event.event_at < period.as_of
            and event.event_at >= period.as_of - interval '{{ days_a_cart_is_open() }}' day
            and event.known_at <= period.known_by
    inner join {{ ref('fct_cart') }} as kept on event.cart_id = kept.cart_id
    where
        period.target = 'cart_recovery'
        and {{ surrogate_of(['kept.customer_id']) }} % period.every_nth = 0
),

cart as (
    select
        touched.as_of,
        touched.known_by,
        touched.customer_id,
        event.cart_id,
        {{ cart_measures() }}
    from touched
    inner join {{ ref('int_web__interactions_deduped') }} as event
        on
            touched.cart_id = event.cart_id
            and event.event_at < touched.as_of
            and event.known_at <= touched.known_by
    group by touched.as_of, touched.known_by, touched.customer_id, event.cart_id
)

select
    as_of,
    known_by,
    cart_id,
    customer_id,
    started_at,
    last_event_at,
    cast(units as integer) as items,
    {{ money('amount') }} as value
from cart
-- Whose cart it is was known by then.
where order_id is null and user_id is not null
