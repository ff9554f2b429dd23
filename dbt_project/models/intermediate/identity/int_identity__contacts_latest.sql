-- The latest state of each contact of the CRM, by (updated_at, known_at); what people write in several ways in one.
-- Exports of contacts are snapshots, so the latest of them holds. Grain: source, record_key.
with contact as (
    select
        'crm' as source, 'crm__contact' as entity, record_key, updated_at, birth_year, city, country,
        preferred_channel, preferred_category, is_test, known_at, content_sha256, source_line, is_replaced
    from {{ ref('stg_crm__contact') }}
    union all
    select
        source, entity, record_key, known_at as updated_at, null as birth_year, city, country,
        null as preferred_channel, null as preferred_category, is_test, known_at, content_sha256, source_line,
        is_replaced
    from {{ ref('stg_export__contact') }}
)

select
    contact.source,
    contact.entity,
    contact.record_key,
    contact.content_sha256,
    contact.source_line,
    contact.is_test,
    {{ age_band('year(context.business_date) - contact.birth_year') }} as age_band,
    nullif(trim(contact.city), '') as city,
    country.alpha_2 as country,
    nullif(lower(trim(contact.preferred_channel)), '') as preferred_channel,
    nullif(trim(contact.preferred_category), '') as preferred_category
from contact
cross join {{ source('run', 'context') }} as context
left join {{ ref('country_name') }} as country on lower(trim(contact.country)) = country.name
qualify row_number() over (
    partition by contact.source, contact.record_key
    order by
        contact.updated_at desc, contact.known_at desc, contact.is_replaced asc, contact.content_sha256 desc,
        contact.source_line desc
) = 1
