{{ config(
    materialized='incremental', pre_hook="{{ forget_touched('event_id', 'int_web__interactions_touched') }}"
) }}
-- The same event_id counts once, the version received first; the others are here, and where they say something else
-- they are conflicts. What a corrected file replaced counts only when nothing else does, and says nothing against it;
-- neither do two tables of an export that tell one event, of which that with its properties counts. Hashes find the
-- few ids that came more than once, the ids themselves tell them apart.
with version as (
    select
        *,
        {{ row_hash(['event_id']) }} as event_hash
    from {{ touched_or_all('int_web__interactions_touched', 'int_web__interactions_unioned') }}
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
        entity,
        is_replaced,
        first_value(payload_hash) over received_first as first_payload_hash,
        first_value(entity) over received_first as first_entity
    from version
    where event_hash in (select repeated.event_hash from repeated)
    window
        received_first as (
            partition by event_id
            order by
                is_replaced asc, is_envelope asc, received_at asc, known_at asc, content_sha256 asc, source_line asc
        )
)

select
    content_sha256,
    source_line,
    event_id,
    entity,
    payload_hash != first_payload_hash and entity = first_entity and not is_replaced as is_conflict
from in_turn
where turn > 1
