-- Each state of a contact of the CRM from known_from until known_until (null: still): of what had been delivered the
-- newest by (updated_at, known_at). One that came after a newer one never was the state. What people write in several
-- ways is written in one. Grain: record_key, known_from.
with known as (
    select
        *,
        {{ superseded_at('record_key', [
            'updated_at asc', 'known_at asc', 'is_replaced desc', 'content_sha256 asc', 'source_line asc'
        ]) }} as known_until
    from {{ ref('stg_crm__contact') }}
)

select
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
