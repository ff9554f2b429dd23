-- The households of the latest snapshot that this build may know.
with snapshot as (
    select content_sha256
    from {{ source('landed', 'delivery') }}
    where source = 'crm' and entity = 'household' and known_at <= {{ known_by() }}
    order by business_date desc, known_at desc, is_replaced asc, name desc, content_sha256 desc
    limit 1
)

select household.*
from {{ ref('stg_crm__household_snapshot') }} as household
inner join snapshot on household.content_sha256 = snapshot.content_sha256
