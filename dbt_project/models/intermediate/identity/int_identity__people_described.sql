{{ config(materialized='view') }}
-- Which rows say who a record's person is, where a source says it: the first that was delivered, and the latest. Who
-- only tests the shop is nobody. Grain: record_key, row.
with tester as (
    select record_key
    from {{ ref('int_identity__contacts_latest') }}
    where is_test
)

select
    entity,
    record_key,
    known_from as known_at,
    content_sha256,
    source_line,
    known_from = min(known_from) over (partition by record_key) as is_first,
    known_until is null as is_latest
from {{ ref('int_identity__people_versioned') }}
where record_key not in (select tester.record_key from tester)
qualify is_first or is_latest
