-- Every row of every snapshot of households that this build may know.
select
    cast(household_id as varchar) as record_key,
    age as age_band,
    income as income_band,
    home_ownership,
    marital_status,
    household_size,
    household_comp as household_composition,
    kids_count,
    _known_at as known_at,
    _content as content_sha256
from {{ source('landed', 'crm__household') }}
where _known_at <= {{ known_by() }}
