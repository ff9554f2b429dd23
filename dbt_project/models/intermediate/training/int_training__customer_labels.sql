-- What happened in the horizon after an instant, refunds paid in it taken off: for the customers of a training origin,
-- and for those whose published scores have come of age. Grain: (as_of, horizon_days, customer_id).
with population as (
    select origin.as_of, origin.horizon_days, ordered.customer_id
    from {{ source('run', 'origin') }} as origin
    inner join {{ ref('int_customers__orders_by_origin') }} as ordered on origin.as_of = ordered.as_of
    -- Nobody is learned from who did not allow it then.
    left join {{ ref('int_consent__objectors') }} as objector
        on ordered.as_of = objector.as_of and ordered.customer_id = objector.customer_id
    where origin.horizon_days is not null and objector.customer_id is null
    union
    -- A customer who has become part of another one since is left out: their orders now belong to that one.
    select score.as_of, score.horizon_days, score.customer_id
    from {{ source('previous', 'customer_score') }} as score
    inner join {{ ref('dim_customer') }} as customer on score.customer_id = customer.customer_id
),

horizon as (
    select distinct as_of, horizon_days
    from population
),

happened as (
    select customer_id, ordered_at as happened_at, business_date, 1 as orders, net_revenue
    from {{ ref('fct_order') }}
    union all
    select customer_id, refunded_at as happened_at, business_date, 0 as orders, -amount as net_revenue
    from {{ ref('fct_refund') }}
    where is_counted
),

after_instant as (
    select
        horizon.as_of, horizon.horizon_days, happened.customer_id,
        sum(happened.orders) as orders, {{ money('sum(happened.net_revenue)') }} as net_revenue
    from horizon
    inner join happened
        on
            happened.happened_at >= horizon.as_of
            and happened.business_date < {{ business_day('horizon.as_of') }} + horizon.horizon_days
    group by horizon.as_of, horizon.horizon_days, happened.customer_id
)

select
    population.as_of, population.customer_id, population.horizon_days,
    coalesce(after_instant.orders, 0) = 0 as is_churned,
    coalesce(after_instant.net_revenue, {{ money('0') }}) as net_revenue
from population
left join after_instant
    on
        population.as_of = after_instant.as_of
        and population.horizon_days = after_instant.horizon_days
        and population.customer_id = after_instant.customer_id
