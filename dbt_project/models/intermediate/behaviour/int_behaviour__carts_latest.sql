-- The cart a customer left last, where it became no order. Grain: (as_of, customer_id).
select
    origin.as_of,
    cart.customer_id,
    cart.cart_id,
    cart.items,
    cart.value,
    {{ whole_days_between('cart.last_event_at', 'origin.as_of') }} as days_since
from {{ ref('fct_cart') }} as cart
inner join {{ source('run', 'origin') }} as origin on cart.last_event_at < origin.as_of
where cart.customer_id is not null
qualify
    row_number() over (
        partition by origin.as_of, cart.customer_id order by cart.last_event_at desc, cart.cart_id asc
    ) = 1
    and cart.order_id is null
