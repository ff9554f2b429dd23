-- Recency, orders and revenue of the last 365 days, scored 1 to 5 from worst to best: 1 + floor(5 x (rank - 1) / n).
-- Equal customers are never split. Grain: (customer_id, as_of), customers with an order in the window.
with windowed as (
    select
        as_of,
        customer_id,
        {{ whole_days_between('max(ordered_at)', 'as_of') }} as days_since_last_order,
        cast(count(*) filter (where is_order) as integer) as orders,
        {{ money('sum(net_revenue)') }} as net_revenue
    from {{ ref('int_customers__revenue_by_origin') }}
    where days_before <= 365
    group by as_of, customer_id
    having count(*) filter (where is_order) > 0
),

ranked as (
    select
        *,
        count(*) over (partition by as_of) as customers,
        rank() over (partition by as_of order by days_since_last_order desc) as recency_rank,
        rank() over (partition by as_of order by orders asc) as frequency_rank,
        rank() over (partition by as_of order by net_revenue asc) as monetary_rank
    from windowed
)

select
    as_of,
    customer_id,
    days_since_last_order,
    orders,
    net_revenue,
    cast(1 + {{ whole_quotient('5 * (recency_rank - 1)', 'customers') }} as integer) as r,
    cast(1 + {{ whole_quotient('5 * (frequency_rank - 1)', 'customers') }} as integer) as f,
    cast(1 + {{ whole_quotient('5 * (monetary_rank - 1)', 'customers') }} as integer) as m
from ranked
