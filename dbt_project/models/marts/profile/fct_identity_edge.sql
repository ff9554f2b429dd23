-- An edge stands between the numbers of two records; a number is one record_key, whatever sources know it.
with record as (
    select distinct own_number, record_key, customer_id
    from {{ source('resolve', 'customer_record') }}
)

select
    one.customer_id,
    one.record_key as left_record_key,
    other.record_key as right_record_key,
    edge.rule,
    edge.score,
    edge.because,
    {{ later('left_row.known_at', 'right_row.known_at') }} as known_at
from {{ source('resolve', 'edge') }} as edge
inner join record as one on edge.left_number = one.own_number
inner join record as other on edge.right_number = other.own_number
left join {{ ref('int_identity__people_described') }} as left_row
    on one.record_key = left_row.record_key and left_row.is_latest
left join {{ ref('int_identity__people_described') }} as right_row
    on other.record_key = right_row.record_key and right_row.is_latest
