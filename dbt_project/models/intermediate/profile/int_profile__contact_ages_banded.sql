-- The age band of a contact by the year of birth, in the year something was known and in each year that began since:
-- a band changes with time alone. Grain: source, record_key, known_from.
with contact as (
    select
        contact.*,
        least(year({{ business_day('contact.known_from') }}), year(context.business_date)) as known_year
    from {{ ref('int_identity__contacts_versioned') }} as contact
    cross join {{ source('run', 'context') }} as context
    where contact.birth_year is not null
),

year as (
    select year, {{ business_year_start('year') }} as begins_at
    from {{ years_between(
        '(select min(known_year) from contact)',
        '(select year(business_date) from ' ~ source('run', 'context') ~ ')',
    ) }} as passed
),

aged as (
    select source, entity, record_key, updated_at, known_from, known_until, birth_year, known_year as year
    from contact
    union all
    select
        contact.source, contact.entity, contact.record_key, contact.updated_at, year.begins_at as known_from,
        contact.known_until, contact.birth_year, year.year
    from contact
    inner join year
        on
            contact.known_year < year.year
            and (contact.known_until is null or year.begins_at < contact.known_until)
)

select
    source,
    entity,
    record_key,
    {{ age_band('year - birth_year') }} as age_band,
    updated_at,
    known_from,
    {{ earlier('lead(known_from) over (partition by source, record_key order by known_from asc)', 'known_until') }}
        as known_until
from aged
