with orders as (
    select
        customer_id,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at
    from {{ ref('fct_order') }}
    where ordered_at < (select max(origin.as_of) from {{ source('run', 'origin') }} as origin)
    group by customer_id
),

household as (
    select record.customer_id, household.*
    from {{ ref('stg_crm__household') }} as household
    inner join {{ source('resolve', 'customer_record') }} as record
        on record.source = 'crm' and household.record_key = record.record_key
    qualify row_number() over (partition by record.customer_id order by household.record_key asc) = 1
),

contact as (
    select record.customer_id, contact.*
    from {{ ref('int_identity__contacts_latest') }} as contact
    inner join {{ source('resolve', 'customer_record') }} as record
        on contact.source = record.source and contact.record_key = record.record_key
    qualify row_number() over (
        partition by record.customer_id order by contact.source asc, contact.record_key asc
    ) = 1
)

select
    customer.customer_id,
    household.customer_id is not null or contact.customer_id is not null as has_crm_record,
    coalesce(household.age_band, contact.age_band) as age_band,
    household.income_band,
    household.home_ownership,
    household.marital_status,
    household.household_size,
    household.household_composition,
    household.kids_count,
    contact.country,
    contact.city,
    contact.preferred_channel,
    contact.preferred_category,
    orders.first_order_at,
    orders.last_order_at
from (select distinct customer_id from {{ source('resolve', 'customer_record') }}) as customer
left join household on customer.customer_id = household.customer_id
left join contact on customer.customer_id = contact.customer_id
left join orders on customer.customer_id = orders.customer_id
