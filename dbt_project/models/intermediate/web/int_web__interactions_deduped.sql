{{ config(materialized='view') }}
-- What visitors did, each event once, by files that no other has replaced. Not a table: millions of rows are not
-- written again to leave out a few.
select *
from {{ ref('int_web__interactions_unioned') }}
where not is_replaced and row_key not in (
    select {{ row_hash(['refused.content_sha256', 'refused.source_line']) }}
    from {{ ref('fct_interaction_duplicate') }} as refused
)
