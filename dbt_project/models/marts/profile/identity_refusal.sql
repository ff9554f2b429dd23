-- What would have made one customer of many, and may not. Grain: reason, rule, record_key.
select
    refusal.reason,
    coalesce(refusal.rule, 'any') as rule,
    min(record.record_key) as record_key,
    refusal.records,
    refusal.descriptions
from {{ source('resolve', 'refusal') }} as refusal
inner join {{ source('resolve', 'customer_record') }} as record on refusal.own_number = record.own_number
group by refusal.reason, refusal.rule, refusal.own_number, refusal.records, refusal.descriptions
