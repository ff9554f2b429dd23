select
    customer_id,
    as_of,
    version,
    cluster_id,
    probability,
    is_above_split,
    component_1,
    component_2,
    component_3
from {{ source('score', 'customer_cluster') }}
