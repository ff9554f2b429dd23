select
    algorithm,
    clusters,
    version,
    setting,
    customers,
    inertia,
    silhouette,
    dunn,
    stability,
    smallest_share,
    noise_share,
    later_value,
    later_value_error,
    is_chosen,
    reason
from {{ source('score', 'cluster_trial') }}
