select
    customer_id,
    as_of,
    cart_id,
    version,
    horizon_days,
    probability,
    decile,
    band,
    is_baseline,
    baseline_reason
from {{ source('score', 'cart_score') }}
