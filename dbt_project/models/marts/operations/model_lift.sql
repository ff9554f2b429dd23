select
    model,
    version,
    scorer,
    decile,
    customers,
    predicted,
    actual,
    lift
from {{ source('score', 'model_lift') }}
