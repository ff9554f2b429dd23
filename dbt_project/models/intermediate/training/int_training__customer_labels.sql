-- What happened in the horizon after each origin, for customers with an order before it. Grain: (customer_id, as_of).
with horizon as (
    select as_of, horizon_days
    from {{ source('run', 'origin') }}
),

after_origin as (
    select horizon.as_of, customer_order.customer_id, {{ money('sum(customer_order.net_revenue)') }} as net_revenue
    from horizon
    inner join {{ ref('fct_order') }} as customer_order
        on
            customer_order.ordered_at >= horizon.as_of
            and customer_order.business_date
            < {{ business_day('horizon.as_of') }} + horizon.horizon_days
    group by horizon.as_of, customer_order.customer_id
)

select
    population.as_of,
    population.customer_id,
    horizon.horizon_days,
    after_origin.customer_id is null as is_churned,
    coalesce(after_origin.net_revenue, {{ money('0') }}) as net_revenue
from (select distinct as_of, customer_id from {{ ref('int_customers__orders_by_origin') }}) as population
inner join horizon on population.as_of = horizon.as_of
left join after_origin
    on population.as_of = after_origin.as_of and population.customer_id = after_origin.customer_id
