-- In words, everything that was done to the data on its way, and to how many rows.
with repeated as (
    select
        source,
        entity,
        content_sha256,
        count(*) - 1 as times
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
        source,
        entity,
        'not read twice' as step,
        'the file holds what another file held before' as description,
        repeated.times * content.read_rows as rows
    from repeated
    inner join {{ source('landed', 'content') }} as content using (source, entity, content_sha256)

    union all

    select source, entity, 'refused as a conflict', 'the key of an earlier row with other values', conflict_rows
    from {{ ref('int_ledger__rows_kept') }}

    union all

    select source, entity, 'merged', 'repeats or replaces another row of the same key', duplicate_rows
    from {{ ref('source_ledger') }}
)

select
    source,
    entity,
    step,
    description,
    cast(sum(rows) as bigint) as rows
from done
where rows > 0
group by source, entity, step, description
