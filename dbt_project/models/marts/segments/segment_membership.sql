-- Who is in tonight keeps the day of entry and its cause; who is new gets as_of and the cause that fits.
with origin as (
    select
        max(origin.as_of) as as_of,
        max(previous.as_of) as previous_as_of
    from {{ source('run', 'origin') }} as origin
    left join {{ source('previous', 'publication') }} as previous on true
),

moved as (
    select distinct orders.customer_id
    from {{ ref('fct_order') }} as orders
    cross join origin
    where orders.ordered_at >= origin.previous_as_of and orders.ordered_at < origin.as_of
    union
    select distinct event.customer_id
    from {{ ref('fct_event') }} as event
    cross join origin
    where event.event_at >= origin.previous_as_of and event.event_at < origin.as_of
)

select
    member.customer_id,
    member.segment_id,
    origin.as_of,
    coalesce(before.entered_at, origin.as_of) as entered_at,
    case
        when before.customer_id is not null then before.mode
        when known.segment_id is null then 'INITIAL'
        when known.rule != definition.rule then 'DEFINITION'
        when moved.customer_id is not null then 'LIVE'
        else 'SCHEDULE'
    end as mode
from {{ source('segment', 'member') }} as member
cross join origin
inner join {{ ref('dim_segment') }} as definition on member.segment_id = definition.segment_id
left join {{ source('previous', 'segment_membership') }} as before
    on member.customer_id = before.customer_id and member.segment_id = before.segment_id
left join {{ source('previous', 'dim_segment') }} as known on member.segment_id = known.segment_id
left join moved on member.customer_id = moved.customer_id
