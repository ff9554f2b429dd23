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
    baseline_reason,
    reason_1,
    reason_2,
    reason_3
from {{ source('score', 'customer_score') }}
