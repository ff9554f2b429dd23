-- The households of the latest snapshot that this build may know.
with snapshot as (
    select content_sha256
    from {{ source('landed', 'delivery') }}
    where source = 'crm' and entity = 'household' and known_at <= {{ known_by() }}
    order by business_date desc, known_at desc, is_replaced asc, name desc, content_sha256 desc
    limit 1
)

select
    cast(household.household_id as varchar) as record_key,
    household.age as age_band,
    household.income as income_band,
    household.home_ownership,
    household.marital_status,
    household.household_size,
    household.household_comp as household_composition,
    household.kids_count,
    household._known_at as known_at
from {{ source('landed', 'crm__household') }} as household
inner join snapshot on household._content = snapshot.content_sha256
