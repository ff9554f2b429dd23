with latest as (
    select *
    from {{ ref('stg_crm__support_contact') }}
    qualify row_number() over (
        partition by ticket_id order by known_at desc, is_replaced asc, content_sha256 desc, source_line desc
    ) = 1
)

select
    ticket.ticket_id,
    record.customer_id,
    ticket.opened_at,
    {{ business_day('ticket.opened_at') }} as business_date,
    ticket.known_at,
    ticket.channel,
    ticket.topic,
    cast(ticket.satisfaction as integer) as satisfaction,
    ticket.resolved_at
from latest as ticket
inner join {{ source('resolve', 'customer_record') }} as record
    on record.source = 'crm' and ticket.record_key = record.record_key
