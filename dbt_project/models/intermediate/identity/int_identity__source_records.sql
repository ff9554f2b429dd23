-- Every record that stands for a customer in some source, with the identifier it carries and when it was first known.
with seen as (
    select 'crm' as source, record_key, known_at from {{ ref('stg_crm__household') }}
    union all
    select 'transactions' as source, record_key, known_at from {{ ref('stg_transactions__basket_line') }}
    union all
    select 'transactions' as source, record_key, known_at from {{ ref('stg_transactions__purchase') }}
    union all
    select 'web' as source, record_key, known_at from {{ ref('stg_web__event') }}
)

select
    source,
    record_key,
    'customer_number' as identifier_type,
    record_key as identifier_value,
    min(known_at) as first_known_at
from seen
where record_key is not null
group by all
