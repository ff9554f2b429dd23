-- What was paid for each line of an order of an export: what it asks for less its part of what the order took off, so
-- that lines add up to the cent. Each part is in proportion without fractions; cents that are left go to the largest
-- fractions. Grain: content_sha256, source_line.
with shared as (
    select
        *,
        {{ whole_quotient(wide('abs(off_cents)') ~ ' * weight', 'total_weight') }} as part_cents,
        {{ wide('abs(off_cents)') }} * weight % total_weight as fraction
    from {{ ref('int_exports__lines_valued') }}
),

ranked as (
    select
        *,
        abs(off_cents) - sum(part_cents) over (partition by order_id) as left_cents,
        row_number() over (partition by order_id order by fraction desc, source_line asc) as turn
    from shared
),

priced as (
    select
        *,
        asked_cents - sign(off_cents) * (part_cents + case when turn <= left_cents then 1 else 0 end) as net_cents
    from ranked
)

select
    source,
    entity,
    record_key,
    order_id,
    case when product_ref is not null then {{ surrogate_of(['source', 'product_ref']) }} end as product_id,
    quantity,
    {{ from_cents('net_cents') }} as net_revenue,
    {{ money('coalesce(line_gross - ' ~ from_cents('net_cents') ~ ', 0)') }} as discount,
    currency,
    ordered_at,
    known_at,
    content_sha256,
    source_line
from priced
