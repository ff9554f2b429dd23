-- The latest state of each contact of the CRM, by (updated_at, known_at); what people write in several ways in one.
-- Grain: record_key.
select
    contact.record_key,
    contact.content_sha256,
    contact.source_line,
    contact.is_test,
    {{ age_band('year(context.business_date) - contact.birth_year') }} as age_band,
    nullif(trim(contact.city), '') as city,
    country.alpha_2 as country,
    nullif(lower(trim(contact.preferred_channel)), '') as preferred_channel,
    nullif(trim(contact.preferred_category), '') as preferred_category
from {{ ref('stg_crm__contact') }} as contact
cross join {{ source('run', 'context') }} as context
left join {{ ref('country_name') }} as country on lower(trim(contact.country)) = country.name
qualify row_number() over (
    partition by contact.record_key
    order by
        contact.updated_at desc, contact.known_at desc, contact.is_replaced asc, contact.content_sha256 desc,
        contact.source_line desc
) = 1
