-- Customers from whom no model of moments may learn at the beginning of a period: profiling is not allowed, as
-- int_consent__objectors says of origins. Grain: (as_of, customer_id).
with profiling as (
    select *
    from {{ source('run', 'consent_channel') }}
    where purpose = 'profiling'
)

select distinct
    as_of,
    customer_id
from ({{ consent_state(source('run', 'period'), ref('dim_customer'), 'profiling', ref('fct_consent')) }})
where not is_allowed
