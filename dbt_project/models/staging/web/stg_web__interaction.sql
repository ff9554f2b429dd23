-- What a visitor did on the site, in the Segment envelope; event_at as of any event: the skew of the sender's clock is
-- taken off. visitor_id stands for the anonymous id, row_key for the line in its file. A view: who reads it reads the
-- columns it names and no more.
select
    message_id as event_id,
    {{ surrogate_of(['anonymous_id']) }} as visitor_id,
    user_id,
    type,
    event as event_name,
    product_id,
    cart_id,
    order_id,
    price,
    quantity,
    device_type,
    referrer_host,
    campaign,
    country,
    coalesce(received_at - (sent_at - original_timestamp), timestamp) as event_at,
    received_at,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_changed as is_changed,
    {{ row_hash(['_content', '_line']) }} as row_key,
    {{ row_hash([
        'type', 'anonymous_id', 'user_id', 'event', 'product_id', 'cart_id', 'order_id', 'price', 'quantity',
        'page_path', 'referrer_host', 'device_type', 'campaign', 'country', 'original_timestamp'
    ]) }} as payload_hash
from {{ source('landed', 'web__interaction') }}
where _known_at <= {{ known_by() }}
