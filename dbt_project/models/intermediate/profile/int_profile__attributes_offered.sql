{%- set household = [
    'age_band', 'income_band', 'home_ownership', 'marital_status', 'household_size', 'household_composition',
    'kids_count',
] %}
{%- set contact = ['country', 'city', 'preferred_channel', 'preferred_category'] %}
-- What each record of a customer says of each attribute, from known_from until known_until (null: still). Direct
-- identifiers are not among them: those are chosen in personal/ by the same macro.
-- Grain: entity, record_key, attribute, known_from.
with said as (
    {% for attribute in household -%}
    select
        'crm' as source, 'crm__household' as entity, record_key,
        '{{ attribute }}' as attribute, {{ attribute }} as value,
        {{ filled(household) }}
            as filled,
        known_from as said_at, known_from, known_until
    from {{ ref('int_profile__households_versioned') }}
    union all
    {% endfor -%}
    {% for attribute in contact -%}
    select
        source, entity, record_key,
        '{{ attribute }}' as attribute, {{ attribute }} as value,
        {{ filled(contact) }}
            as filled,
        updated_at as said_at, known_from, known_until
    from {{ ref('int_identity__contacts_versioned') }}
    union all
    {% endfor -%}
    select
        source, entity, record_key, 'age_band' as attribute, age_band as value,
        1 as filled, updated_at as said_at, known_from, known_until
    from {{ ref('int_profile__contact_ages_banded') }}
    union all
    select
        'crm' as source, 'crm__survey_answer' as entity, record_key,
        concat('declared_', question) as attribute, answer as value,
        1 as filled, answered_at as said_at, known_from, known_until
    from {{ ref('int_profile__answers_versioned') }}
    where question in ('interest', 'lifestyle')
),

record as (
    select distinct customer_id, source, record_key
    from {{ source('resolve', 'customer_record') }}
)

select record.customer_id, said.*, true as is_valid
from said
inner join record on said.source = record.source and said.record_key = record.record_key
where said.value is not null
