{{ config(materialized='view') }}
-- Each line (order_id, product_id) as it was known from known_at until replaced_at; one without a product is never
-- replaced.
{{ versions_of(
    ref('stg_transactions__basket_line'), ['order_id', 'product_id'], is_touched('basket_id', 'int_orders__touched')
) }}
