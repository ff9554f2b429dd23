select
    customer_id,
    source,
    record_key,
    identifier_type,
    identifier_hash
from {{ source('resolve', 'customer_record') }}
