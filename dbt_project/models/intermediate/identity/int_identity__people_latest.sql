-- Which row says today who a record's person is, where a source says it. Grain: record_key.
select
    entity,
    record_key,
    content_sha256,
    source_line
from {{ ref('int_identity__people_versioned') }}
where known_until is null and not is_test
