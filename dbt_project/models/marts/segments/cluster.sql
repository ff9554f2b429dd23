select
    cluster_id,
    as_of,
    version,
    name,
    description,
    medians,
    customers,
    share,
    share_when_found,
    later_net_revenue,
    currency,
    horizon_days,
    found_at
from {{ source('score', 'cluster') }}
