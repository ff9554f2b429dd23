-- An answer somebody gave in a survey or a form, as it was delivered.
select
    answer_id,
    cast(contact_id as varchar) as record_key,
    answered_at,
    question,
    nullif(trim(answer), '') as answer,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced
from {{ source('landed', 'crm__survey_answer') }}
where _known_at <= {{ known_by() }}
