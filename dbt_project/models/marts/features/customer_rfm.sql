with first_order as (
    select as_of, customer_id, max(days_before) as tenure_days
    from {{ ref('int_customers__orders_by_origin') }}
    group by as_of, customer_id
),

described as (
    select
        rfm.*,
        first_order.tenure_days,
        {{ is_overdue('rfm.days_since_last_order', 'gaps.usual_gap_days', 'context') }} as is_overdue
    from {{ ref('int_rfm__customers_scored') }} as rfm
    inner join first_order on rfm.as_of = first_order.as_of and rfm.customer_id = first_order.customer_id
    inner join {{ ref('int_customers__usual_gaps_chosen') }} as gaps
        on rfm.as_of = gaps.as_of and rfm.customer_id = gaps.customer_id
    cross join {{ source('run', 'context') }} as context
)

select
    described.customer_id,
    described.as_of,
    described.days_since_last_order,
    described.orders,
    described.net_revenue,
    described.r,
    described.f,
    described.m,
    name.rfm_segment
from described
left join {{ source('run', 'rfm_name') }} as name
    on
        described.r between name.r_min and name.r_max
        and described.f between name.f_min and name.f_max
        and described.m between name.m_min and name.m_max
        and (name.first_order_max_days is null or described.tenure_days <= name.first_order_max_days)
        and (name.is_overdue is null or described.is_overdue = name.is_overdue)
qualify row_number() over (
    partition by described.as_of, described.customer_id order by name.priority asc nulls last
) = 1
