-- What is bought, how old it is and of how many customers it says something. rows = expired + matched + of several +
-- of nobody.
with row_matched as (
    select
        said.entity,
        said.record_key,
        said.data_date,
        said.is_expired,
        max(joined.matched_by) as matched_by,
        count(joined.customer_id) > 0 as is_matched
    from {{ ref('int_profile__enrichments_versioned') }} as said
    left join {{ source('resolve', 'enriched_row') }} as joined
        on
            said.entity = joined.entity
            and said.content_sha256 = joined.content_sha256
            and said.source_line = joined.source_line
    where said.is_latest
    group by said.entity, said.record_key, said.data_date, said.is_expired
),

identifier as (
    select entity, {{ joined_texts("concat(matched_by, ' ', rows)") }} as matched_by
    from (
        select entity, matched_by, count(*) as rows
        from row_matched
        where is_matched and not is_expired
        group by entity, matched_by
    ) as counted
    group by entity
),

shown as (
    select entity, count(distinct customer_id) as customers
    from {{ ref('customer_attribute_version') }}
    where valid_to is null
    group by entity
)

select
    configured.source,
    configured.entity,
    configured.provider,
    configured.licence,
    configured.expires_after_days,
    min(row_matched.data_date) as oldest_data_date,
    max(row_matched.data_date) as newest_data_date,
    count(row_matched.record_key) as rows,
    count(*) filter (where row_matched.is_expired) as expired_rows,
    count(*) filter (where not row_matched.is_expired and row_matched.is_matched) as matched_rows,
    count(*) filter (
        where not row_matched.is_expired and not row_matched.is_matched and row_matched.matched_by is not null
    ) as shared_rows,
    {{ quotient(
        'count(*) filter (where not row_matched.is_expired and row_matched.is_matched)',
        'count(*) filter (where not row_matched.is_expired)', 4
    ) }} as match_rate,
    max(identifier.matched_by) as matched_by,
    cast(coalesce(max(shown.customers), 0) as bigint) as customers
from {{ source('run', 'source_entity') }} as configured
left join row_matched on row_matched.entity = concat(configured.source, '__', configured.entity)
left join identifier on identifier.entity = concat(configured.source, '__', configured.entity)
left join shown on shown.entity = concat(configured.source, '__', configured.entity)
where configured.provider is not null
group by all
