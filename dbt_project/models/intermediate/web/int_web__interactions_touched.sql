-- Every version of a visitor's event of which one came, was replaced or became known since the publication this night
-- starts from: which of them counts may be another now. Empty where everything is built.
with changed as (
    select event_id
    from {{ ref('int_web__interactions_unioned') }}
    where is_changed
)

select
    event_id,
    visitor_id,
    cart_id,
    event_at,
    received_at,
    known_at,
    content_sha256,
    source_line,
    payload_hash,
    entity,
    is_replaced,
    is_envelope
from {{ ref('int_web__interactions_unioned') }}
where event_id in (select changed.event_id from changed) and {{ starts_from_publication() }}
