{{ config(materialized='view') }}
-- What visitors did, each event once. Not a table: millions of rows are not written again to leave out a few.
select interaction.*
from {{ ref('stg_web__interaction') }} as interaction
where
    not exists (
        select 1
        from {{ ref('int_web__interactions_refused') }} as refused
        where
            interaction.content_sha256 = refused.content_sha256
            and interaction.source_line = refused.source_line
    )
