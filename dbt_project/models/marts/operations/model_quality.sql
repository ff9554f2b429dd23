select
    model,
    version,
    scorer,
    metric,
    value,
    origin,
    horizon_days,
    rows,
    basis
from {{ source('score', 'model_quality') }}
