-- In words, everything that was done to the data on its way, and to how many rows.
with repeated as (
    select source, entity, content_sha256, count(*) - 1 as times
    from {{ source('landed', 'delivery') }}
    where known_at <= {{ known_by() }}
    group by source, entity, content_sha256
),

done as (
    select
        source,
        entity,
        case when reason like 'gate: %' then 'set aside by a gate' else 'refused while landing' end as step,
        reason as description,
        rows
    from {{ ref('quarantine_reason') }}

    union all

    select
        content.source,
        content.entity,
        'not read twice' as step,
        'the file holds what another file held before' as description,
        repeated.times * content.read_rows as rows
    from repeated
    inner join {{ source('landed', 'content') }} as content
        on
            repeated.source = content.source
            and repeated.entity = content.entity
            and repeated.content_sha256 = content.content_sha256

    union all

    select
        source,
        entity,
        'refused as a conflict' as step,
        'the key of an earlier row with other values' as description,
        conflict_rows as rows
    from {{ ref('int_ledger__rows_kept') }}

    union all

    select
        source,
        entity,
        'merged' as step,
        'repeats or replaces another row of the same key' as description,
        duplicate_rows as rows
    from {{ ref('source_ledger') }}

    union all

    select
        'marts' as source,
        table_name as entity,
        'flagged for review' as step,
        concat(description, ', by ', rule) as description,
        found_rows as rows
    from {{ ref('quality_check') }}

    union all

    select
        source,
        entity,
        'flagged for review' as step,
        concat('column ', column_name, ' is not fit for use: ', reason) as description,
        rows
    from {{ ref('column_profile') }}
    where not is_fit

    union all

    select
        source,
        split_part(entity, '__', 2) as entity,
        'does not count' as step,
        why_not as description,
        1 as rows
    from {{ ref('int_exports__orders_latest') }}
    where why_not is not null
)

select source, entity, step, description, cast(sum(rows) as bigint) as rows
from done
where rows > 0
group by source, entity, step, description
