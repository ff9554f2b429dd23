{{ config(materialized='incremental', pre_hook="{{ forget_touched('event_id', 'int_web__events_touched') }}") }}
select
    event.event_id,
    record.customer_id,
    'web' as source,
    event.event_name,
    event.event_at,
    event.known_at,
    cast(event.campaign_id as varchar) as campaign_id,
    cast(event.conflicts as integer) as conflicting_versions
from {{ ref('int_web__events_deduped') }} as event
inner join {{ source('resolve', 'customer_record') }} as record
    on record.source = 'web' and event.record_key = record.record_key
