{{ config(materialized='view') }}
-- A customer's visits before as_of, bots left out. days_before counts business days: 1 is the last one before as_of.
-- Grain: (as_of, session_id).
with origin as (
    select as_of, {{ business_day('as_of') }} as business_date
    from {{ source('run', 'origin') }}
)

select
    origin.as_of,
    cast(origin.business_date - session.business_date as integer) as days_before,
    session.*
from {{ ref('fct_session') }} as session
inner join origin on session.started_at < origin.as_of
where session.customer_id is not null and not session.is_bot
