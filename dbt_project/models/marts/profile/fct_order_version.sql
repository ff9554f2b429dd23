{{ config(materialized='incremental', pre_hook="{{ forget_touched('order_id', 'int_orders__touched') }}") }}
-- Facts that arrived later never reach a frame of the past: an origin takes the version known at its cut-off.
with line as (
    select line.*, record.customer_id
    from {{ ref('int_orders__lines_unioned') }} as line
    inner join {{ source('resolve', 'customer_record') }} as record
        on line.source = record.source and line.record_key = record.record_key
),

-- An order changes when a line begins to be known, and when one ends that nothing follows: it was cancelled.
changed as (
    select order_id, known_from from line
    union
    select order_id, known_until as known_from
    from line
    where known_until is not null
),

in_turn as (
    select *, lead(known_from) over (partition by order_id order by known_from asc) as known_until
    from changed
),

summed as (
    select
        line.order_id,
        in_turn.known_from,
        in_turn.known_until,
        line.customer_id,
        line.source,
        line.currency,
        min(line.ordered_at) as ordered_at,
        max(line.known_at) as known_at,
        {{ money('sum(line.net_revenue)') }} as net_revenue,
        cast(count(*) as integer) as lines,
        cast(sum(line.quantity) as bigint) as units,
        {{ money('sum(line.discount)') }} as discount,
        {{ money('sum(line.retail_discount)') }} as retail_discount,
        cast(count(distinct line.department) as integer) as departments,
        {{ money('sum(case when ' ~ is_private_label('line.brand') ~ ' then line.net_revenue else 0 end)') }}
            as private_label_revenue,
        {{ money('sum(case when ' ~ is_fuel('line.department') ~ ' then line.net_revenue else 0 end)') }}
            as fuel_revenue,
        min(line.store_id) as store_id
    from in_turn
    inner join line
        on
            in_turn.order_id = line.order_id
            and in_turn.known_from >= line.known_from
            and (line.known_until is null or in_turn.known_from < line.known_until)
    group by
        line.order_id, in_turn.known_from, in_turn.known_until, line.customer_id, line.source, line.currency
)

select
    summed.*,
    {{ business_day('summed.ordered_at') }} as business_date
from summed
