{{ config(materialized='view') }}
-- Each line (order_id, line_number) of the shop as it was known from known_at until replaced_at.
{{ versions_of(
    ref('stg_transactions__order_line'), ['order_id', 'line_number'], is_touched('order_id', 'int_orders__touched')
) }}
