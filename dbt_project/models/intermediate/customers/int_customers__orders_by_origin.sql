-- The orders an origin knows, as it knew them: placed before its as_of and delivered by its known_by.
-- days_before counts business days: 1 is the last one before as_of. An origin for learning may take a sample of
-- customers. Grain: (as_of, order_id).
with origin as materialized (
    select as_of, known_by, every_nth_customer, {{ business_day('as_of') }} as business_date
    from {{ source('run', 'origin') }}
)

select
    origin.as_of,
    version.customer_id,
    version.order_id,
    version.ordered_at,
    version.business_date,
    cast(origin.business_date - version.business_date as integer) as days_before,
    version.net_revenue,
    version.lines,
    version.retail_discount,
    version.departments,
    version.private_label_revenue,
    version.fuel_revenue,
    version.store_id
from origin
inner join {{ ref('fct_order_version') }} as version
    on
        origin.as_of > version.ordered_at
        and origin.known_by >= version.known_from
        and (version.known_until is null or origin.known_by < version.known_until)
        and {{ surrogate_of(['version.customer_id']) }} % origin.every_nth_customer = 0
