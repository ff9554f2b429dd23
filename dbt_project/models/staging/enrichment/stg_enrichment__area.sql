-- What a provider says of a postcode, as it was delivered. Who lives there is told by resolve.
select
    concat(country, ' ', postcode) as record_key,
    data_date,
    income_band,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced
from {{ source('landed', 'enrichment__area') }}
where _known_at <= {{ known_by() }}
