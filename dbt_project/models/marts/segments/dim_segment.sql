select
    segment_id,
    name,
    kind,
    rule,
    description
from {{ source('segment', 'definition') }}
