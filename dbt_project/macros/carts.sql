{# What a cart holds, of the events that carry its number (event_at, event_name, user_id, quantity, amount). #}
{% macro cart_measures() -%}
    {{ last_value_by('user_id', ['event_at', 'user_id']) }} filter (where user_id is not null) as user_id,
        min(event_at) as started_at,
        max(event_at) as last_event_at,
        coalesce(sum(quantity) filter (where event_name = 'Product Added'), 0) as units,
        coalesce(sum(amount) filter (where event_name = 'Product Added'), 0) as amount,
        max(order_id) filter (where event_name = 'Order Completed') as order_id
{%- endmacro %}

{# Days after which nobody is asked any more whether a cart that was left will be bought. #}
{% macro days_a_cart_is_open() -%}
    7
{%- endmacro %}

{# What is known at an instant of the cart each customer left last, of `carts` (as_of, known_by, customer_id, cart_id,
   started_at, last_event_at, items, value): left less than a week ago, and nothing ordered since. The night's open
   carts and those a model learned from are this same SELECT. Grain: (as_of, customer_id). #}
{% macro open_carts(carts) -%}
with cart as (
    select *
    from {{ carts }}
    where
        customer_id is not null
        and last_event_at <= {{ session_end_before('as_of') }}
        and last_event_at >= as_of - interval '{{ days_a_cart_is_open() }}' day
    qualify
        row_number() over (partition by as_of, customer_id order by last_event_at desc, cart_id asc) = 1
),

ordered as (
    select
        cart.as_of,
        cart.customer_id,
        count(*) as orders,
        count(*) filter (where version.ordered_at >= cart.as_of - interval '168' day) as orders_168d,
        max(version.ordered_at) as last_order_at
    from cart
    inner join {{ ref('fct_order_version') }} as version
        on
            cart.customer_id = version.customer_id
            and cart.as_of > version.ordered_at
            and cart.known_by >= version.known_from
            and (version.known_until is null or cart.known_by < version.known_until)
    group by cart.as_of, cart.customer_id
),

visited as (
    select
        cart.as_of,
        cart.customer_id,
        count(*) as visits_28d,
        count(*) filter (where session.started_at > cart.last_event_at) as visits_since,
        sum(session.product_views) as product_views_28d,
        count(*) filter (where session.cart_additions > 0 and session.orders = 0) as visits_left_28d,
        count(*) filter (where session.orders > 0) as visits_ordering_28d
    from cart
    inner join {{ ref('fct_session') }} as session
        on
            cart.customer_id = session.customer_id
            and session.ended_at <= {{ session_end_before('cart.as_of') }}
            and session.started_at >= cart.as_of - interval '28' day
    where not session.is_bot
    group by cart.as_of, cart.customer_id
)

select
    cart.as_of,
    cart.customer_id,
    cart.cart_id,
    cart.last_event_at,
    cart.items,
    cart.value,
    cast({{ whole_seconds_between('cart.last_event_at', 'cart.as_of') }} as bigint) as seconds_since_left,
    cast({{ whole_seconds_between('cart.started_at', 'cart.last_event_at') }} as bigint) as seconds_filled,
    coalesce(ordered.orders, 0) as orders,
    coalesce(ordered.orders_168d, 0) as orders_168d,
    {{ whole_days_between('ordered.last_order_at', 'cart.as_of') }} as days_since_last_order,
    coalesce(visited.visits_28d, 0) as visits_28d,
    coalesce(visited.visits_since, 0) as visits_since,
    cast(coalesce(visited.product_views_28d, 0) as bigint) as product_views_28d,
    coalesce(visited.visits_left_28d, 0) as visits_left_28d,
    coalesce(visited.visits_ordering_28d, 0) as visits_ordering_28d
from cart
left join ordered on cart.as_of = ordered.as_of and cart.customer_id = ordered.customer_id
left join visited on cart.as_of = visited.as_of and cart.customer_id = visited.customer_id
where ordered.last_order_at is null or ordered.last_order_at < cart.last_event_at
{%- endmacro %}
