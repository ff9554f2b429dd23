-- Whoever linked their account to a customer number is its customer; an engagement of anybody else has none.
with latest as (
    select *
    from {{ ref('stg_social__engagement') }}
    qualify row_number() over (
        partition by engagement_id order by known_at desc, is_replaced asc, content_sha256 desc, source_line desc
    ) = 1
),

record as (
    select distinct record_key, customer_id
    from {{ source('resolve', 'customer_record') }}
    where identifier_type = 'customer_number'
)

select
    latest.engagement_id,
    record.customer_id,
    latest.happened_at,
    {{ business_day('latest.happened_at') }} as business_date,
    latest.known_at,
    latest.network,
    latest.kind,
    latest.topic,
    latest.language,
    latest.text_length,
    latest.sentiment
from latest
left join record on latest.record_key = record.record_key
