select
    record.customer_id,
    said.source,
    said.record_key,
    said.purpose,
    said.channel,
    said.decision,
    said.effective_at,
    said.known_at,
    said.policy_version,
    said.jurisdiction
from {{ ref('int_consent__decisions') }} as said
inner join {{ distinct_of('source, record_key, customer_id', source('resolve', 'customer_record')) }} as record
    on said.source = record.source and said.record_key = record.record_key
