-- A customer without an order has a row too: counts and sums are zero, what needs an order is null.
select
    customer.customer_id,
    origin.as_of,
    revenue.days_since_last_order,
    cast(coalesce(orders.orders, 0) as bigint) as orders,
    {{ money('coalesce(revenue.net_revenue, 0)') }} as net_revenue,
    usual.usual_gap_days,
    {{ lifecycle_stage('gaps.tenure_days', 'revenue.days_since_last_order', 'usual.usual_gap_days', 'context') }}
        as lifecycle_stage,
    gaps.days_since_last_order_day,
    gaps.days_since_2nd_last_order_day,
    gaps.days_since_3rd_last_order_day,
    gaps.days_since_5th_last_order_day,
    gaps.days_since_10th_last_order_day,
    gaps.tenure_days,
    gaps.last_gap_days,
    gaps.median_gap_days,
    gaps.p90_gap_days,
    gaps.max_gap_days,
    gaps.max_gap_days_84d,
    gaps.mean_gap_days,
    gaps.std_gap_days,
    gaps.recency_over_median_gap,
    gaps.recency_over_p90_gap,
    gaps.recency_gap_z,
    cast(coalesce(orders.order_days_14d, 0) as bigint) as order_days_14d,
    cast(coalesce(orders.order_days_28d, 0) as bigint) as order_days_28d,
    cast(coalesce(orders.order_days_56d, 0) as bigint) as order_days_56d,
    cast(coalesce(orders.order_days_84d, 0) as bigint) as order_days_84d,
    cast(coalesce(orders.order_days_168d, 0) as bigint) as order_days_168d,
    cast(coalesce(orders.orders_28d, 0) as bigint) as orders_28d,
    cast(coalesce(orders.orders_84d, 0) as bigint) as orders_84d,
    cast(coalesce(orders.order_weeks_56d, 0) as bigint) as order_weeks_56d,
    cast(coalesce(orders.order_weeks_84d, 0) as bigint) as order_weeks_84d,
    cast(coalesce(orders.order_weeks_168d, 0) as bigint) as order_weeks_168d,
    orders.order_day_share,
    coalesce(decayed.order_days_halved_every_14d, 0) as order_days_halved_every_14d,
    coalesce(decayed.order_days_halved_every_28d, 0) as order_days_halved_every_28d,
    coalesce(decayed.order_days_halved_every_56d, 0) as order_days_halved_every_56d,
    coalesce(decayed.net_revenue_halved_every_14d, 0) as net_revenue_halved_every_14d,
    coalesce(decayed.net_revenue_halved_every_28d, 0) as net_revenue_halved_every_28d,
    coalesce(decayed.net_revenue_halved_every_56d, 0) as net_revenue_halved_every_56d,
    coalesce(decayed.net_revenue_halved_every_112d, 0) as net_revenue_halved_every_112d,
    {{ money('coalesce(revenue.net_revenue_28d, 0)') }} as net_revenue_28d,
    {{ money('coalesce(revenue.net_revenue_28d_lag_28d, 0)') }} as net_revenue_28d_lag_28d,
    {{ money('coalesce(revenue.net_revenue_28d_lag_56d, 0)') }} as net_revenue_28d_lag_56d,
    {{ money('coalesce(revenue.net_revenue_84d, 0)') }} as net_revenue_84d,
    {{ money('coalesce(revenue.net_revenue_168d, 0)') }} as net_revenue_168d,
    revenue.net_revenue_per_day,
    revenue.average_order_value,
    revenue.average_order_value_84d,
    revenue.max_order_value_84d,
    revenue.median_order_value_168d,
    revenue.last_order_value,
    basket.lines_per_order_84d,
    basket.departments_per_order_84d,
    cast(basket.department_visits_84d as bigint) as department_visits_84d,
    basket.retail_discount_over_net_revenue_84d,
    basket.private_label_share_84d,
    basket.fuel_share_84d,
    {{ money('coalesce(basket.fuel_revenue_84d, 0)') }} as fuel_revenue_84d,
    cast(coalesce(basket.stores_84d, 0) as bigint) as stores_84d
from {{ ref('dim_customer') }} as customer
cross join {{ source('run', 'origin') }} as origin
cross join {{ source('run', 'context') }} as context
left join {{ ref('int_features__gaps_measured') }} as gaps
    on customer.customer_id = gaps.customer_id and origin.as_of = gaps.as_of
left join {{ ref('int_customers__usual_gaps_chosen') }} as usual
    on customer.customer_id = usual.customer_id and origin.as_of = usual.as_of
left join {{ ref('int_features__orders_counted') }} as orders
    on customer.customer_id = orders.customer_id and origin.as_of = orders.as_of
left join {{ ref('int_features__orders_decayed') }} as decayed
    on customer.customer_id = decayed.customer_id and origin.as_of = decayed.as_of
left join {{ ref('int_features__revenue_summed') }} as revenue
    on customer.customer_id = revenue.customer_id and origin.as_of = revenue.as_of
left join {{ ref('int_features__baskets_averaged') }} as basket
    on customer.customer_id = basket.customer_id and origin.as_of = basket.as_of
