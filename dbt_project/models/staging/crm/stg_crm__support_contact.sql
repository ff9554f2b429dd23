-- A ticket of customer service, in every version that was delivered.
select
    ticket_id,
    cast(contact_id as varchar) as record_key,
    opened_at,
    channel,
    topic,
    satisfaction,
    resolved_at,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced
from {{ source('landed', 'crm__support_contact') }}
where _known_at <= {{ known_by() }}
