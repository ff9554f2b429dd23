{{ config(materialized='view') }}
-- What visitors did, by the shop's own site and by exports of events, in one shape. Of an export's rows those of no
-- visitor belong to no session. A view over views, so that the columns somebody names are all that is read.
select
    event_id,
    visitor_id,
    user_id,
    type,
    event_name,
    product_id,
    cart_id,
    cast(order_id as varchar) as order_id,
    price * quantity as amount,
    quantity,
    device_type,
    referrer_host,
    campaign,
    event_at,
    received_at,
    known_at,
    content_sha256,
    source_line,
    is_changed,
    false as is_replaced,
    false as is_envelope,
    row_key,
    payload_hash,
    'web__interaction' as entity
from {{ ref('stg_web__interaction') }}
union all
select
    event_id,
    visitor_id,
    user_number as user_id,
    type,
    event_name,
    product_id,
    cart_id,
    concat(source, ':', order_id) as order_id,
    amount,
    quantity,
    device_type,
    referrer_host,
    campaign,
    event_at,
    received_at,
    known_at,
    content_sha256,
    source_line,
    is_changed,
    is_replaced,
    is_envelope,
    row_key,
    payload_hash,
    entity
from {{ ref('stg_export__event') }}
where visitor_id is not null and is_of_visit
