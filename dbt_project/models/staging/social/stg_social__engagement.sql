-- An engagement on a social network, in every version that was delivered. The text itself stands in personal/: landing
-- said how long it is and how it sounds.
select
    engagement_id,
    cast(contact_id as varchar) as record_key,
    happened_at,
    network,
    kind,
    nullif(trim(topic), '') as topic,
    lower(language) as language,
    text_length,
    cast(cast(sentiment_basis_points as decimal(9, 4)) / 10000 as decimal(5, 4)) as sentiment,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced
from {{ source('landed', 'social__engagement') }}
where _known_at <= {{ known_by() }}
