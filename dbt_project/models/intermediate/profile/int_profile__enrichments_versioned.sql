-- What a provider says of a person or an area from known_from until known_until (null: still): until a later row of the
-- same record is known, or its data are too old by their contract. Grain: entity, record_key, known_from.
with said as (
    select
        *,
        'consumer' as bought,
        {{ filled(bought_attributes()) }}
            as filled
    from {{ ref('stg_enrichment__consumer') }}
    union all by name
    select *, 'area' as bought, 1 as filled
    from {{ ref('stg_enrichment__area') }}
),

known as (
    select
        said.*,
        concat(configured.source, '__', configured.entity) as entity,
        {{ business_day_start('said.data_date') }} as said_at,
        {{ business_day_start('said.data_date + configured.expires_after_days') }} as expires_at,
        {{ superseded_at('said.bought, said.record_key', [
            'said.data_date asc', 'said.known_at asc', 'said.is_replaced desc', 'said.content_sha256 asc',
            'said.source_line asc'
        ]) }} as superseded_at
    from said
    inner join {{ source('run', 'source_entity') }} as configured
        on configured.source = 'enrichment' and said.bought = configured.entity
),

origin as (
    select max(as_of) as as_of
    from {{ source('run', 'origin') }}
),

expired as (
    select known.*, case when known.expires_at <= origin.as_of then known.expires_at end as expired_at
    from known
    cross join origin
),

held as (
    select
        *,
        known_at as known_from,
        superseded_at is null as is_latest,
        expired_at is not null as is_expired,
        {{ earlier('superseded_at', 'expired_at') }} as known_until
    from expired
)

select *
from held
where is_latest or known_until > known_from
