-- Which row says who a record's person is, where a source says it: names and addresses stand elsewhere, by that row.
-- A guest is a person by the order's contact. Grain: record_key.
with guest as (
    select record_key, content_sha256, source_line
    from {{ ref('stg_transactions__order') }}
    where is_guest and is_counted
    qualify row_number() over (
        partition by record_key
        order by updated_at desc, known_at desc, is_replaced asc, content_sha256 desc, source_line desc
    ) = 1
),

orderer as (
    select placed.entity, placed.record_key, placed.content_sha256, placed.source_line
    from {{ ref('int_exports__orders_latest') }} as placed
    left join {{ ref('int_identity__contacts_latest') }} as contact
        on placed.source = contact.source and placed.record_key = contact.record_key
    where placed.why_not is null and contact.record_key is null and placed.source <> 'web'
    qualify row_number() over (
        partition by placed.record_key order by placed.ordered_at desc, placed.order_id desc
    ) = 1
),

-- Of a user of an export of events the last call says it that is there to say who somebody is.
identified as (
    select entity, record_key, content_sha256, source_line
    from {{ ref('stg_export__event') }}
    where record_key is not null and type = 'identify' and not is_replaced
    qualify row_number() over (
        partition by record_key order by event_at desc, known_at desc, content_sha256 desc, source_line desc
    ) = 1
)

select entity, record_key, content_sha256, source_line
from {{ ref('int_identity__contacts_latest') }}
where not is_test
union all
select 'transactions__order' as entity, record_key, content_sha256, source_line
from guest
union all
-- An order of an export whose system has no contacts, or does not export them, says who ordered.
select * from orderer
union all
select * from identified
