-- The same event_id counts once, the version received first; the others are here, and where they say something else
-- they are conflicts. Hashes find the few ids that came more than once, the ids themselves tell them apart.
with repeated as (
    select {{ row_hash(['event_id']) }} as event_hash
    from {{ ref('stg_web__interaction') }}
    group by event_hash
    having count(*) > 1
),

in_turn as (
    select
        row_key,
        payload_hash,
        row_number() over received_first as turn,
        first_value(payload_hash) over received_first as first_payload_hash
    from {{ ref('stg_web__interaction') }}
    where {{ row_hash(['event_id']) }} in (select repeated.event_hash from repeated)
    window
        received_first as (
            partition by event_id order by received_at asc, known_at asc, content_sha256 asc, source_line asc
        )
)

select
    row_key,
    payload_hash != first_payload_hash as is_conflict
from in_turn
where turn > 1
