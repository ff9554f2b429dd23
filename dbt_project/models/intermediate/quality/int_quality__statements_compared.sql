-- Where two sources, or two tables, state the same: what one says, and what the other makes of it. Grain: (check_name,
-- key).
with line as (
    select order_id, sum(net_revenue) as net_revenue
    from {{ ref('fct_order_line') }}
    group by order_id
),

refund as (
    select order_id, sum(amount) as amount
    from {{ ref('fct_refund') }}
    where is_counted
    group by order_id
)

select
    'cart_is_worth_its_order' as check_name,
    cart.cart_id as key,
    cart.value as stated,
    {{ money('placed.net_revenue + placed.discount') }} as expected,
    cart.value = placed.net_revenue + placed.discount as is_agreed
from {{ ref('fct_cart') }} as cart
inner join {{ ref('fct_order') }} as placed on cart.order_id = placed.order_id

union all

select
    'order_of_a_cart_is_known' as check_name,
    cart.cart_id as key,
    cart.value as stated,
    placed.net_revenue as expected,
    placed.order_id is not null as is_agreed
from {{ ref('fct_cart') }} as cart
left join {{ ref('fct_order') }} as placed on cart.order_id = placed.order_id
where cart.order_id is not null

union all

select
    'order_is_worth_its_lines' as check_name,
    placed.order_id as key,
    placed.net_revenue as stated,
    {{ money('coalesce(line.net_revenue, 0)') }} as expected,
    placed.net_revenue = coalesce(line.net_revenue, 0) as is_agreed
from {{ ref('fct_order') }} as placed
left join line on placed.order_id = line.order_id

union all

select
    'refunds_are_at_most_what_was_paid' as check_name,
    refund.order_id as key,
    {{ money('refund.amount') }} as stated,
    placed.net_revenue as expected,
    refund.amount <= placed.net_revenue as is_agreed
from refund
inner join {{ ref('fct_order') }} as placed on refund.order_id = placed.order_id
