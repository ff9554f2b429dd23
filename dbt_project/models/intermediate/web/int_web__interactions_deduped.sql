{{ config(materialized='view') }}
-- What visitors did, each event once. Not a table: millions of rows are not written again to leave out a few.
select *
from {{ ref('stg_web__interaction') }}
where row_key not in (select refused.row_key from {{ ref('int_web__interactions_refused') }} as refused)
