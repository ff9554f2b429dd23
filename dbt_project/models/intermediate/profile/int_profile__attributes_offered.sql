{%- set household = [
    'age_band', 'income_band', 'home_ownership', 'marital_status', 'household_size', 'household_composition',
    'kids_count',
] %}
{%- set contact = ['country', 'city', 'preferred_channel', 'preferred_category'] %}
-- What each record of a customer says of each attribute, from known_from until known_until (null: still). Direct
-- identifiers are not among them: those are chosen in personal/ by the same macro. What is bought of a provider is
-- offered to whom resolve found it to speak of.
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
),

bought as (
    {% for attribute in bought_attributes() -%}
    select
        enriched.customer_id, 'enrichment' as source, said.entity, said.record_key,
        '{{ attribute }}' as attribute, said.{{ attribute }} as value,
        said.filled, said.said_at, said.known_from, said.known_until
    from {{ ref('int_profile__enrichments_versioned') }} as said
    inner join {{ ref('int_profile__customers_enriched') }} as enriched
        on
            said.entity = enriched.entity
            and said.content_sha256 = enriched.content_sha256
            and said.source_line = enriched.source_line
    where said.known_until is null or said.known_until > said.known_from
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select record.customer_id, said.*, true as is_valid
from said
inner join record on said.source = record.source and said.record_key = record.record_key
where said.value is not null
union all
select *, true as is_valid
from bought
where value is not null
