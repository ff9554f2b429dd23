-- Which row says who a record's person is, from known_from until known_until (null: still), where a source says it:
-- names and addresses stand elsewhere, by that row. A guest is a person by the order's contact; so is who ordered by an
-- export whose system has no contacts, or does not export them. Grain: record_key, known_from.
with guest as (
    select
        *,
        {{ superseded_at('record_key', [
            'updated_at asc', 'known_at asc', 'is_replaced desc', 'content_sha256 asc', 'source_line asc'
        ]) }} as known_until
    from {{ ref('stg_transactions__order') }}
    where is_guest and is_counted
),

orderer as (
    select placed.*
    from {{ ref('int_exports__orders_latest') }} as placed
    left join {{ ref('int_identity__contacts_versioned') }} as contact
        on placed.source = contact.source and placed.record_key = contact.record_key
    where placed.why_not is null and contact.record_key is null and placed.source <> 'web'
    qualify row_number() over (
        partition by placed.record_key order by placed.ordered_at desc, placed.order_id desc
    ) = 1
),

-- Of a user of an export of events the last call says it that is there to say who somebody is.
identified as (
    select *
    from {{ ref('stg_export__event') }}
    where record_key is not null and type = 'identify' and not is_replaced
    qualify row_number() over (
        partition by record_key order by event_at desc, known_at desc, content_sha256 desc, source_line desc
    ) = 1
)

select
    entity,
    record_key,
    content_sha256,
    source_line,
    updated_at,
    known_from,
    known_until,
    is_test
from {{ ref('int_identity__contacts_versioned') }}
union all
select
    'transactions__order' as entity,
    record_key,
    content_sha256,
    source_line,
    updated_at,
    known_at as known_from,
    known_until,
    false as is_test
from guest
where known_until is null or known_until > known_at
union all
select
    entity,
    record_key,
    content_sha256,
    source_line,
    ordered_at as updated_at,
    known_at as known_from,
    cast(null as timestamp) as known_until,
    false as is_test
from orderer
union all
select
    entity,
    record_key,
    content_sha256,
    source_line,
    event_at as updated_at,
    known_at as known_from,
    cast(null as timestamp) as known_until,
    false as is_test
from identified
