with delivered as (
    select
        source,
        entity,
        count(*) as deliveries,
        max(business_date) as last_business_date,
        max(known_at) as last_known_at
    from {{ source('landed', 'delivery') }}
    where known_at <= {{ known_by() }}
    group by source, entity
),

landed as (
    select
        source,
        entity,
        count(*) as contents,
        sum(read_rows) as read_rows,
        sum(quarantined_rows + set_aside_rows) as quarantined_rows
    from {{ source('landed', 'content') }}
    group by source, entity
)

select
    configured.source,
    configured.entity,
    configured.is_required,
    configured.is_absent,
    cast(coalesce(delivered.deliveries, 0) as integer) as deliveries,
    cast(coalesce(delivered.deliveries - landed.contents, 0) as integer) as repeated_deliveries,
    cast(coalesce(landed.contents, 0) as integer) as contents,
    cast(coalesce(landed.read_rows, 0) as bigint) as read_rows,
    cast(coalesce(kept.kept_rows, 0) as bigint) as accepted_rows,
    cast(coalesce(landed.quarantined_rows, 0) + coalesce(kept.conflict_rows, 0) as bigint) as quarantined_rows,
    cast(coalesce(kept.staged_rows - kept.kept_rows - kept.conflict_rows, 0) as bigint) as duplicate_rows,
    cast(
        coalesce(landed.read_rows, 0) - coalesce(landed.quarantined_rows, 0) - coalesce(kept.staged_rows, 0) as bigint
    ) as lost_rows,
    delivered.last_business_date,
    delivered.last_known_at,
    cast(coalesce(kept.zero_quantity_rows, 0) as bigint) as zero_quantity_rows,
    cast(coalesce(kept.zero_revenue_rows, 0) as bigint) as zero_revenue_rows,
    covered.customers
from {{ source('run', 'source_entity') }} as configured
left join delivered on configured.source = delivered.source and configured.entity = delivered.entity
left join landed on configured.source = landed.source and configured.entity = landed.entity
left join {{ ref('int_ledger__rows_kept') }} as kept
    on configured.source = kept.source and configured.entity = kept.entity
left join {{ ref('int_ledger__customers_covered') }} as covered
    on configured.source = covered.source and configured.entity = covered.entity
