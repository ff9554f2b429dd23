select
    customer_id,
    purpose,
    channel,
    is_allowed,
    decision,
    basis,
    decided_at
from ({{ consent_state(
    source('run', 'origin'), ref('dim_customer'), source('run', 'consent_channel'), ref('fct_consent')
) }})
