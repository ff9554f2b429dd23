-- The carts of tonight that may still be bought, of customers who did not object to profiling, with what is known of
-- them. Grain: (as_of, customer_id).
with carts as (
    select
        origin.as_of,
        origin.known_by,
        cart.cart_id,
        cart.customer_id,
        cart.started_at,
        cart.last_event_at,
        cart.items,
        cart.value
    from {{ ref('fct_cart') }} as cart
    cross join {{ source('run', 'origin') }} as origin
    where cart.order_id is null
)

select open_cart.*
from ({{ open_carts('carts') }}) as open_cart
left join {{ ref('int_consent__objectors') }} as objector
    on open_cart.as_of = objector.as_of and open_cart.customer_id = objector.customer_id
where objector.customer_id is null
