-- Customers whom no model may learn from or score at an origin: profiling is not allowed. Grain: (as_of, customer_id).
with profiling as (
    select *
    from {{ source('run', 'consent_channel') }}
    where purpose = 'profiling'
)

select distinct
    as_of,
    customer_id
from ({{ consent_state(source('run', 'origin'), ref('dim_customer'), 'profiling', ref('fct_consent')) }})
where not is_allowed
