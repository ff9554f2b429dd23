select
    plot,
    series,
    place,
    x,
    y,
    cluster_id
from {{ source('score', 'cluster_point') }}
