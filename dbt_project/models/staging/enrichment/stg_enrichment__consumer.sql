-- What a provider says of a person, as it was delivered. Whom it speaks of is told by resolve.
select
    record_id as record_key,
    data_date,
    income_band,
    household_size,
    home_ownership,
    employer_industry,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced
from {{ source('landed', 'enrichment__consumer') }}
where _known_at <= {{ known_by() }}
