select
    source,
    entity,
    reason,
    cast(sum(rows) as bigint) as rows
from {{ source('landed', 'quarantine_reason') }}
group by source, entity, reason
