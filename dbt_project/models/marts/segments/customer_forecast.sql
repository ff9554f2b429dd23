select
    customer_id,
    as_of,
    version,
    horizon_days,
    p_active,
    expected_orders,
    expected_spend,
    spend_low,
    spend_high,
    currency,
    model
from {{ source('score', 'customer_forecast') }}
