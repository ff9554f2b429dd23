select
    model,
    version,
    slice,
    group_name,
    metric,
    value,
    customers
from {{ source('score', 'model_slice') }}
