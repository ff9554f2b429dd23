select
    model,
    version,
    scorer,
    metric,
    value,
    origin,
    horizon_days,
    rows
from {{ source('score', 'model_quality') }}
