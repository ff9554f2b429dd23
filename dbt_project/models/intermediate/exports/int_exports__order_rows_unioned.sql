{{ config(materialized='view') }}
-- Rows of orders of every export: those of exports of orders, and those that exports of events tell of.
select * from {{ ref('stg_export__order_row') }}
union all by name
select * from {{ ref('int_exports__purchase_rows') }}
