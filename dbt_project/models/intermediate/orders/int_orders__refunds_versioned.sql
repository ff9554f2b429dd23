{{ config(materialized='view') }}
-- Each refund as it was known from known_at until replaced_at.
{{ versions_of(ref('stg_transactions__refund'), ['refund_id']) }}
