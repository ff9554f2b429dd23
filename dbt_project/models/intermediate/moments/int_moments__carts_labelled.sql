-- The open carts of past instants, and whether their customer ordered in the period that began then, whatever it was
-- and in whatever visit. Who objected to profiling by then is left out. Grain: (as_of, customer_id).
with carts as (
    select * from ({{ open_carts(ref('int_moments__carts_left')) }}) as open_cart
)

select
    carts.*,
    count(placed.order_id) > 0 as is_recovered
from carts
inner join {{ source('run', 'period') }} as period on carts.as_of = period.as_of and period.target = 'cart_recovery'
left join {{ ref('int_moments__objectors') }} as objector
    on carts.as_of = objector.as_of and carts.customer_id = objector.customer_id
left join {{ ref('fct_order') }} as placed
    on
        carts.customer_id = placed.customer_id
        and carts.as_of <= placed.ordered_at
        and period.until > placed.ordered_at
where objector.customer_id is null
group by all
