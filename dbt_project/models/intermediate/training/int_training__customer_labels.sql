-- What happened in the horizon after each origin, for customers with an order before it; refunds paid in it take off.
-- Grain: (customer_id, as_of).
with horizon as (
    select as_of, horizon_days
    from {{ source('run', 'origin') }}
),

happened as (
    select customer_id, ordered_at as happened_at, business_date, 1 as orders, net_revenue
    from {{ ref('fct_order') }}
    union all
    select customer_id, refunded_at as happened_at, business_date, 0 as orders, -amount as net_revenue
    from {{ ref('fct_refund') }}
    where is_counted
),

after_origin as (
    select
        horizon.as_of,
        happened.customer_id,
        sum(happened.orders) as orders,
        {{ money('sum(happened.net_revenue)') }} as net_revenue
    from horizon
    inner join happened
        on
            happened.happened_at >= horizon.as_of
            and happened.business_date < {{ business_day('horizon.as_of') }} + horizon.horizon_days
    group by horizon.as_of, happened.customer_id
)

select
    population.as_of,
    population.customer_id,
    horizon.horizon_days,
    coalesce(after_origin.orders, 0) = 0 as is_churned,
    coalesce(after_origin.net_revenue, {{ money('0') }}) as net_revenue
from (select distinct as_of, customer_id from {{ ref('int_customers__orders_by_origin') }}) as population
inner join horizon on population.as_of = horizon.as_of
left join after_origin
    on population.as_of = after_origin.as_of and population.customer_id = after_origin.customer_id
