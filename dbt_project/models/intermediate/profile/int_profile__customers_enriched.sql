-- Which customers a bought row may speak of: those it was joined to, but for whoever objects to profiling.
-- Grain: entity, content_sha256, source_line, customer_id.
with profiling as (
    select *
    from {{ source('run', 'consent_channel') }}
    where purpose = 'profiling'
),

joined as (
    select entity, content_sha256, source_line, customer_id
    from {{ source('resolve', 'enriched_row') }}
    where customer_id is not null
),

objector as (
    select distinct customer_id
    from ({{ consent_state(
        source('run', 'origin'), '(select distinct customer_id from joined)', 'profiling', ref('fct_consent')
    ) }})
    where not is_allowed
)

select joined.*
from joined
left join objector on joined.customer_id = objector.customer_id
where objector.customer_id is null
