{{ config(materialized='incremental', pre_hook="{{ forget_touched('order_id', 'int_orders__touched') }}") }}
select
    line.order_id,
    cast(coalesce(line.line_number, row_number() over (
        partition by line.order_id
        order by line.product_id asc nulls last, line.content_sha256 asc, line.source_line asc
    )) as integer) as line_number,
    record.customer_id,
    line.entity,
    line.product_id,
    line.department,
    line.product_category,
    line.brand,
    line.store_id,
    cast(line.quantity as integer) as quantity,
    line.net_revenue,
    line.discount,
    line.retail_discount,
    line.currency,
    line.ordered_at,
    line.known_at
from {{ ref('int_orders__lines_unioned') }} as line
inner join {{ source('resolve', 'customer_record') }} as record
    on line.source = record.source and line.record_key = record.record_key
where line.known_until is null
