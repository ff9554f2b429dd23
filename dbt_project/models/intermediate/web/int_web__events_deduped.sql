-- The same event_id counts once: the version received first is kept. Another payload under the same id is a conflict.
select
    *,
    count(*) over (partition by event_id) - 1 as other_versions,
    count(*) filter (where payload_hash != first_payload_hash) over (partition by event_id) as conflicts
from (
    select
        *,
        first_value(payload_hash) over (
            partition by event_id order by received_at asc, known_at asc, content_sha256 asc, source_line asc
        ) as first_payload_hash
    from {{ ref('stg_web__event') }}
    where {{ is_touched('event_id', 'int_web__events_touched') }}
) as versioned
qualify row_number() over (
    partition by event_id order by received_at asc, known_at asc, content_sha256 asc, source_line asc
) = 1
