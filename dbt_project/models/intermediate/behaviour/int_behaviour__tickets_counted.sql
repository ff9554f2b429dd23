-- What customers asked customer service, and how content they were.
-- Grain: (as_of, customer_id), customers with a ticket.
with origin as (
    select as_of, {{ business_day('as_of') }} as business_date
    from {{ source('run', 'origin') }}
)

select
    origin.as_of,
    ticket.customer_id,
    count(*) filter (where origin.business_date - ticket.business_date <= 90) as tickets_90d,
    count(*) filter (where ticket.resolved_at is null or ticket.resolved_at >= origin.as_of) as tickets_open,
    {{ whole_days_between('max(ticket.opened_at)', 'origin.as_of') }} as days_since_last_ticket,
    {{ last_value_by('ticket.satisfaction', ['ticket.opened_at', 'ticket.ticket_id']) }} filter (
        where ticket.satisfaction is not null
    ) as last_satisfaction
from {{ ref('fct_support_contact') }} as ticket
inner join origin on ticket.opened_at < origin.as_of
group by origin.as_of, ticket.customer_id
