-- Each state of a contact from known_from until known_until (null: still): of what had been delivered the newest by
-- (updated_at, known_at). One that came after a newer one never was the state. What people write in several ways is
-- written in one. Exports of contacts are snapshots, so the latest of them holds. Grain: source, record_key, known_from.
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
),

known as (
    select
        *,
        {{ superseded_at('source, record_key', [
            'updated_at asc', 'known_at asc', 'is_replaced desc', 'content_sha256 asc', 'source_line asc'
        ]) }} as known_until
    from contact
)

select
    contact.source,
    contact.entity,
    contact.record_key,
    contact.content_sha256,
    contact.source_line,
    contact.is_test,
    contact.updated_at,
    contact.known_at as known_from,
    contact.known_until,
    contact.birth_year,
    nullif(trim(contact.city), '') as city,
    country.alpha_2 as country,
    nullif(lower(trim(contact.preferred_channel)), '') as preferred_channel,
    nullif(trim(contact.preferred_category), '') as preferred_category
from known as contact
left join {{ ref('country_name') }} as country on lower(trim(contact.country)) = country.name
where contact.known_until is null or contact.known_until > contact.known_at
