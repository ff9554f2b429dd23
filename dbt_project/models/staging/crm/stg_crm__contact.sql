-- A contact of the CRM, in every version that was delivered.
select
    cast(contact_id as varchar) as record_key,
    updated_at,
    birth_year,
    city,
    country,
    preferred_channel,
    preferred_category,
    coalesce(is_test = 'yes', false) as is_test,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced,
    _is_changed as is_changed
from {{ source('landed', 'crm__contact') }}
where _known_at <= {{ known_by() }}
