select
    cluster_id,
    feature,
    label,
    unit,
    p10,
    p25,
    median,
    p75,
    p90,
    median_of_all
from {{ source('score', 'cluster_feature') }}
