-- What a contact answered to a question from known_from until known_until (null: still): of what had been delivered the
-- answer given last. Grain: record_key, question, known_from.
with known as (
    select
        *,
        {{ superseded_at('record_key, question', [
            'answered_at asc', 'known_at asc', 'is_replaced desc', 'content_sha256 asc', 'source_line asc'
        ]) }} as known_until
    from {{ ref('stg_crm__survey_answer') }}
)

select
    record_key,
    question,
    answer,
    answered_at,
    known_at as known_from,
    known_until
from known
where known_until is null or known_until > known_at
