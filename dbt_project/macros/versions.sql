{# Each delivered version of what the key tells apart: as it was known from known_at until replaced_at, when another
   version was delivered; null: still. Of versions known at one instant the last stays, and that of a corrected file
   before any other. A row whose key has a null cannot be told from another and is never replaced. Few rows are ever
   delivered twice: only those are put in order. Rows that do not fulfil the condition are left out before. #}
{% macro versions_of(relation, key, condition='true') -%}
{%- set same = [] -%}
{%- for column in key %}{% do same.append('delivered.' ~ column ~ ' = repeated.' ~ column) %}{% endfor -%}
with counted as (
    select *
    from {{ relation }}
    where {{ condition }}
),

repeated as (
    select {{ key | join(', ') }}
    from counted
    group by {{ key | join(', ') }}
    having count(*) > 1
),

versioned as (
    select
        delivered.*,
        lead(delivered.known_at) over (
            partition by delivered.{{ key | join(', delivered.') }}
            order by
                delivered.known_at asc,
                delivered.is_replaced desc,
                delivered.content_sha256 asc,
                delivered.source_line asc
        ) as replaced_at
    from counted as delivered
    inner join repeated on {{ same | join(' and ') }}
    qualify replaced_at is null or replaced_at > delivered.known_at
)

select delivered.*, cast(null as timestamp) as replaced_at
from counted as delivered
left join repeated on {{ same | join(' and ') }}
where repeated.{{ key[0] }} is null

union all

select * from versioned
{%- endmacro %}

{# What a relation tells apart by the columns of a key. #}
{% macro distinct_of(key, relation) -%}
    (select distinct {{ key }} from {{ relation }})
{%- endmacro %}

{# When what was delivered is no longer the latest state of its key: when the first of those that come after it in the
   given order became known; null: still. A row with an instant not later than its own known_at was never the state. #}
{% macro superseded_at(key, order) -%}
    min(known_at) over (
        partition by {{ key }}
        order by {{ order | join(', ') }}
        rows between 1 following and unbounded following
    )
{%- endmacro %}
