-- Published scores whose horizon has passed, each with what happened in it. Grain: (as_of, model, customer_id).
select
    score.as_of,
    score.customer_id,
    score.model,
    score.version,
    score.horizon_days,
    score.probability,
    score.amount,
    score.is_baseline,
    label.is_churned,
    label.net_revenue
from {{ source('previous', 'customer_score') }} as score
inner join {{ ref('int_training__customer_labels') }} as label
    on
        score.as_of = label.as_of
        and score.horizon_days = label.horizon_days
        and score.customer_id = label.customer_id
