{{ config(
    materialized='incremental', pre_hook="{{ forget_touched('event_id', 'int_web__interactions_touched') }}"
) }}
-- The same event_id counts once, the version received first; the others are here, and where they say something else
-- they are conflicts. Hashes find the few ids that came more than once, the ids themselves tell them apart.
with version as (
    select
        *,
        {{ row_hash(['event_id']) }} as event_hash
    from {{ touched_or_all('int_web__interactions_touched', 'stg_web__interaction') }}
),

repeated as (
    select event_hash
    from version
    group by event_hash
    having count(*) > 1
),

in_turn as (
    select
        content_sha256,
        source_line,
        event_id,
        payload_hash,
        row_number() over received_first as turn,
        first_value(payload_hash) over received_first as first_payload_hash
    from version
    where event_hash in (select repeated.event_hash from repeated)
    window
        received_first as (
            partition by event_id order by received_at asc, known_at asc, content_sha256 asc, source_line asc
        )
)

select
    content_sha256,
    source_line,
    event_id,
    payload_hash != first_payload_hash as is_conflict
from in_turn
where turn > 1
