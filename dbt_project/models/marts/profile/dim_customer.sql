{%- set attributes = [
    'age_band', 'income_band', 'home_ownership', 'marital_status', 'household_size', 'household_composition',
    'kids_count', 'country', 'city', 'employer_industry', 'preferred_channel', 'preferred_category',
    'declared_interest', 'declared_lifestyle',
] %}
with orders as (
    select
        customer_id,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at
    from {{ ref('fct_order') }}
    where ordered_at < (select max(origin.as_of) from {{ source('run', 'origin') }} as origin)
    group by customer_id
),

-- Who has a ticket alone has no record that says who they are.
crm_record as (
    select 'crm' as source, record_key
    from {{ ref('stg_crm__household') }}
    union all
    select source, record_key
    from {{ ref('int_identity__contacts_latest') }}
),

customer as (
    select
        record.customer_id,
        count(crm_record.record_key) > 0 as has_crm_record
    from {{ source('resolve', 'customer_record') }} as record
    left join crm_record on record.source = crm_record.source and record.record_key = crm_record.record_key
    group by record.customer_id
),

profile as (
    select
        {% for attribute in attributes -%}
        max(value) filter (where attribute = '{{ attribute }}') as {{ attribute }},
        {% endfor -%}
        customer_id
    from {{ ref('customer_attribute_version') }}
    where valid_to is null
    group by customer_id
)

select
    customer.customer_id,
    customer.has_crm_record,
    {% for attribute in attributes -%}
    profile.{{ attribute }},
    {% endfor -%}
    orders.first_order_at,
    orders.last_order_at
from customer
left join profile on customer.customer_id = profile.customer_id
left join orders on customer.customer_id = orders.customer_id
