{%- set said = [
    'age_band', 'income_band', 'home_ownership', 'marital_status', 'household_size', 'household_composition',
    'kids_count',
] %}
-- What the CRM's snapshots said of a household from known_from until known_until (null: still); who is missing from a
-- snapshot has no row while it holds. Snapshots that say the same of a household are one row.
-- Grain: record_key, known_from.
with delivered as (
    select
        content_sha256,
        known_at,
        {{ superseded_at('source', [
            'business_date asc', 'known_at asc', 'is_replaced desc', 'name asc', 'content_sha256 asc'
        ]) }} as known_until
    from {{ source('landed', 'delivery') }}
    where source = 'crm' and entity = 'household' and known_at <= {{ known_by() }}
),

-- The same snapshot is delivered night after night.
begun as (
    select *
    from delivered
    where known_until is null or known_until > known_at
    qualify content_sha256 is distinct from lag(content_sha256) over (order by known_at asc)
),

held as (
    select
        content_sha256,
        known_at as known_from,
        lead(known_at) over (order by known_at asc) as known_until
    from begun
),

said as (
    select
        snapshot.record_key,
        {{ said | join(',\n        ') }},
        held.known_from,
        held.known_until,
        {{ row_hash(said) }} as content
    from {{ ref('stg_crm__household_snapshot') }} as snapshot
    inner join held on snapshot.content_sha256 = held.content_sha256
),

numbered as (
    select
        *,
        sum(is_first) over (
            partition by record_key order by known_from asc rows between unbounded preceding and current row
        ) as stretch
    from (
        select
            *,
            case
                when
                    content = lag(content) over in_turn
                    and known_from = lag(known_until) over in_turn
                    then 0
                else 1
            end as is_first
        from said
        window in_turn as (partition by record_key order by known_from asc)
    ) as marked
)

select
    record_key,
    {% for column in said -%}
    max({{ column }}) as {{ column }},
    {% endfor -%}
    min(known_from) as known_from,
    case when count(known_until) = count(*) then max(known_until) end as known_until
from numbered
group by record_key, stretch
