with measured as (
    select as_of, 'r' as measure, r as score, days_since_last_order as amount from {{ ref('customer_rfm') }}
    union all
    select as_of, 'f' as measure, f as score, orders as amount from {{ ref('customer_rfm') }}
    union all
    select as_of, 'm' as measure, m as score, net_revenue as amount from {{ ref('customer_rfm') }}
)

select
    as_of,
    measure,
    score,
    {{ money('min(amount)') }} as lower_bound,
    {{ money('max(amount)') }} as upper_bound,
    cast(count(*) as integer) as customers
from measured
group by as_of, measure, score
