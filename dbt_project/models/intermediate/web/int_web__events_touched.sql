-- Events of which a version came, was replaced or became known since the publication this night starts from, or whose
-- record is another customer's now. Empty where everything is built.
with moved as (
    select record_key from {{ source('resolve', 'moved_record') }}
    where source = 'web'
)

select distinct event_id
from {{ ref('stg_web__event') }}
where
    {{ starts_from_publication() }}
    and (is_changed or record_key in (select moved.record_key from moved))
