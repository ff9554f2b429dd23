-- Which rows say who a record's person is, where a source says it: the first that was delivered, and the latest. Names
-- and addresses stand elsewhere, by that row. A guest is a person by the order's contact. Grain: record_key, row.
with told as (
    select
        'crm__contact' as entity, record_key, updated_at, known_at, is_replaced, content_sha256, source_line
    from {{ ref('stg_crm__contact') }}
    where record_key not in (select record_key from {{ ref('int_identity__contacts_latest') }} where is_test)
    union all
    select
        'transactions__order' as entity, record_key, updated_at, known_at, is_replaced, content_sha256, source_line
    from {{ ref('stg_transactions__order') }}
    where is_guest and is_counted
)

select
    entity,
    record_key,
    known_at,
    content_sha256,
    source_line,
    row_number() over (
        partition by record_key
        order by known_at asc, updated_at asc, is_replaced desc, content_sha256 asc, source_line asc
    ) = 1 as is_first,
    row_number() over (
        partition by record_key
        order by updated_at desc, known_at desc, is_replaced asc, content_sha256 desc, source_line desc
    ) = 1 as is_latest
from told
qualify is_first or is_latest
