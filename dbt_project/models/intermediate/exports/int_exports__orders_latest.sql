-- Each order of an export as the latest file that has it says: an export is a snapshot, and what is said of an order
-- may stand in its first row only, so of each column the first value there is holds. A file without an order takes
-- nothing from it. why_not: why it does not count; null: it does. Grain: order_id.
{% set said = [
    'contact_key', 'ordered_at', 'cancelled_at', 'refunded_at', 'status', 'is_test', 'payment_method', 'currency',
    'order_subtotal', 'order_discount', 'order_shipping', 'order_tax', 'order_total', 'refunded_amount'
] %}
with delivered as (
    select
        concat(source, '__', entity) as entity,
        content_sha256,
        max(struct_pack(business_date := business_date, known_at := known_at, name := name)) as turn
    from {{ source('landed', 'delivery') }}
    where known_at <= {{ known_by() }}
    group by all
),

exported as (
    select
        source,
        entity,
        order_id,
        content_sha256,
        min(source_line) as source_line,
        min(known_at) as known_at,
        {%- for column in said %}
        {{ first_value_by(column, ['source_line']) }} as {{ column }},
        {%- endfor %}
        bool_or(is_changed) as is_changed
    from {{ ref('int_exports__order_rows_unioned') }}
    group by source, entity, order_id, content_sha256
),

latest as (
    select exported.*
    from exported
    inner join delivered
        on exported.entity = delivered.entity and exported.content_sha256 = delivered.content_sha256
    where exported.ordered_at is not null and exported.known_at <= {{ known_by() }}
    qualify row_number() over (
        partition by exported.order_id order by delivered.turn desc, exported.content_sha256 desc
    ) = 1
)

select
    latest.* replace (coalesce(latest.currency, context.reporting_currency) as currency),
    coalesce(latest.contact_key, latest.order_id) as record_key,
    case
        when latest.status = 'cancelled' or latest.cancelled_at is not null then 'the order was cancelled'
        when latest.status = 'test' or latest.is_test = 'yes' then 'the order only tests the shop'
        when latest.currency <> context.reporting_currency then 'the order is in another currency than the shop''s'
    end as why_not
from latest
cross join {{ source('run', 'context') }} as context
