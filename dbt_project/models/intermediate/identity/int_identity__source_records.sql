-- Every record that stands for a customer in some source, with the identifier it carries and when it was first known.
-- A contact that only tests the shop is nobody's record, whatever it orders.
with tester as (
    select record_key
    from {{ ref('int_identity__contacts_latest') }}
    where is_test
),

seen as (
    select 'crm' as source, record_key, known_at from {{ ref('stg_crm__household') }}
    union all
    select 'crm' as source, record_key, known_at from {{ ref('stg_crm__contact') }}
    union all
    select 'crm' as source, record_key, known_at from {{ ref('stg_crm__support_contact') }}
    union all
    select 'crm' as source, record_key, known_at from {{ ref('stg_crm__survey_answer') }}
    union all
    select 'transactions' as source, record_key, known_at from {{ ref('stg_transactions__basket_line') }}
    union all
    select 'transactions' as source, record_key, known_at from {{ ref('stg_transactions__purchase') }}
    union all
    select 'transactions' as source, record_key, known_at from {{ ref('stg_transactions__order') }}
    where is_counted
    union all
    select 'web' as source, record_key, known_at from {{ ref('stg_web__event') }}
    union all
    select 'web' as source, cast(user_id as varchar) as record_key, min(known_at) as known_at
    from {{ ref('stg_web__interaction') }}
    where user_id is not null
    group by user_id
    union all
    select 'web' as source, record_key, min(known_at) as known_at from {{ ref('stg_export__event') }}
    where record_key is not null and not is_replaced
    group by record_key
    union all
    select source, record_key, known_at from {{ ref('stg_export__contact') }}
    union all
    select source, record_key, known_at from {{ ref('int_exports__orders_latest') }}
    where why_not is null
)

select
    source,
    record_key,
    'customer_number' as identifier_type,
    record_key as identifier_value,
    min(known_at) as first_known_at
from seen
where
    record_key is not null
    and record_key not in (select tester.record_key from tester)
group by all
