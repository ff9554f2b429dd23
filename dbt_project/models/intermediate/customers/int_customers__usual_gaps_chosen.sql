-- The gap between order days to be expected of a customer: their own median from so many orders on (conf/rfm), else the
-- population's; null when nobody has two order days. Grain: (as_of, customer_id), customers with an order before as_of.
with population as (
    select as_of, {{ quantile('gap_days', 0.5) }} as median_gap_days
    from {{ ref('int_customers__order_days_by_origin') }}
    group by as_of
),

own as (
    select as_of, customer_id, {{ quantile('gap_days', 0.5) }} as median_gap_days, sum(orders) as orders
    from {{ ref('int_customers__order_days_by_origin') }}
    group by as_of, customer_id
)

select
    own.as_of,
    own.customer_id,
    cast(case
        when own.orders >= context.overdue_own_gap_from_orders
            then coalesce(own.median_gap_days, population.median_gap_days)
        else population.median_gap_days
    end as integer) as usual_gap_days
from own
inner join population on own.as_of = population.as_of
cross join {{ source('run', 'context') }} as context
