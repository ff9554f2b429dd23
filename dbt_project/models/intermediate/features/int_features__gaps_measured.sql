-- How long ago the latest order days are, and the gaps between order days. Recency is set against the customer's own
-- rhythm. Grain: (as_of, customer_id), customers with an order before as_of.
with summed as (
    select
        as_of,
        customer_id,
        min(days_before) as days_since_last_order_day,
        max(days_before) filter (where latest_rank = 2) as days_since_2nd_last_order_day,
        max(days_before) filter (where latest_rank = 3) as days_since_3rd_last_order_day,
        max(days_before) filter (where latest_rank = 5) as days_since_5th_last_order_day,
        max(days_before) filter (where latest_rank = 10) as days_since_10th_last_order_day,
        max(days_before) as tenure_days,
        max(gap_days) filter (where latest_rank = 1) as last_gap_days,
        {{ quantile('gap_days', 0.5) }} as median_gap_days,
        {{ quantile('gap_days', 0.9) }} as p90_gap_days,
        max(gap_days) as max_gap_days,
        max(gap_days) filter (where days_before <= 84) as max_gap_days_84d,
        count(gap_days) as gaps,
        cast(sum(gap_days) as bigint) as gap_sum,
        cast(sum(gap_days * gap_days) as bigint) as gap_square_sum
    from {{ ref('int_customers__order_days_by_origin') }}
    group by as_of, customer_id
),

deviating as (
    -- The sample deviation, from whole numbers up to the one square root; null below two gaps.
    select
        *,
        case
            when gaps >= 2 then sqrt((gaps * gap_square_sum - gap_sum * gap_sum) / (gaps * (gaps - 1)))
        end as gap_deviation
    from summed
)

select
    as_of,
    customer_id,
    days_since_last_order_day,
    days_since_2nd_last_order_day,
    days_since_3rd_last_order_day,
    days_since_5th_last_order_day,
    days_since_10th_last_order_day,
    tenure_days,
    last_gap_days,
    median_gap_days,
    p90_gap_days,
    max_gap_days,
    max_gap_days_84d,
    {{ quotient('gap_sum', 'gaps') }} as mean_gap_days,
    round(gap_deviation, 6) as std_gap_days,
    {{ quotient('days_since_last_order_day', 'median_gap_days') }} as recency_over_median_gap,
    {{ quotient('days_since_last_order_day', 'p90_gap_days') }} as recency_over_p90_gap,
    {{ quotient('days_since_last_order_day * gaps - gap_sum', 'gaps * gap_deviation') }} as recency_gap_z
from deviating
