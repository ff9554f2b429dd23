-- Carts as each past instant knew them: of the events before it that had been delivered by then. What the mart says of
-- a cart today may be what came afterwards. Grain: (as_of, cart_id).
with cart as (
    select
        period.as_of,
        period.known_by,
        event.cart_id,
        {{ cart_measures() }}
    from {{ ref('int_web__interactions_deduped') }} as event
    inner join {{ source('run', 'period') }} as period
        on event.event_at < period.as_of and event.known_at <= period.known_by
    where event.cart_id is not null and period.target = 'cart_recovery'
    group by period.as_of, period.known_by, event.cart_id
)

select
    cart.as_of,
    cart.known_by,
    cart.cart_id,
    kept.customer_id,
    cart.started_at,
    cart.last_event_at,
    cast(cart.units as integer) as items,
    {{ money('cart.amount') }} as value
from cart
inner join {{ ref('fct_cart') }} as kept on cart.cart_id = kept.cart_id
-- Whose cart it is was known by then.
where cart.order_id is null and cart.user_id is not null
