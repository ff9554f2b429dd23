select
    customer_id,
    as_of,
    model,
    version,
    horizon_days,
    probability,
    amount,
    currency,
    decile,
    is_baseline,
    baseline_reason
from {{ source('score', 'customer_score') }}
