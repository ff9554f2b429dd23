-- Events of which a version came, was replaced or became known since the publication this night starts from. Empty
-- where everything is built.
select distinct event_id
from {{ ref('stg_web__event') }}
where is_changed and {{ starts_from_publication() }}
