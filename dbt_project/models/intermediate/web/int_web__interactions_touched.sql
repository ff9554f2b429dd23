-- Every version of a visitor's event of which one came, was replaced or became known since the publication this night
-- starts from: which of them counts may be another now. Empty where everything is built.
with changed as (
    select event_id
    from {{ ref('stg_web__interaction') }}
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
    payload_hash
from {{ ref('stg_web__interaction') }}
where event_id in (select changed.event_id from changed) and {{ starts_from_publication() }}
