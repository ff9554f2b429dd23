-- An event of the web source in the Segment envelope; event_at is received_at - (sent_at - original_timestamp), and the
-- timestamp the source gives where it lacks one of them.
select
    message_id as event_id,
    user_id as record_key,
    event as event_name,
    campaign_id,
    coalesce(received_at - (sent_at - original_timestamp), timestamp) as event_at,
    received_at,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_changed as is_changed,
    {{ row_hash(['type', 'user_id', 'event', 'campaign_id', 'coupon_upc', 'original_timestamp']) }} as payload_hash
from {{ source('landed', 'web__event') }}
where _known_at <= {{ known_by() }}
