-- An event of an export, as every system's was landed; keys carry their source. event_at as of any event: the skew of
-- the sender's clock is taken off. Whoever does not allow tracking, or is told apart by nothing that may be used, is
-- no visitor and no user: such rows are joined with nothing. user_number stands for the user, and is negative so that
-- it is no account number of the shop's own site. What a server says belongs to no visit. A view: who reads it reads
-- the columns it names and no more.
with told as (
    select
        *,
        coalesce(tracking_consent <> 'no', true)
        and (coalesce(told_by <> 'visitor', true) or anonymous_id is not null) as may_be_joined
    from {{ source('landed', 'export__event') }}
    where _known_at <= {{ known_by() }}
),

keyed as (
    select
        *,
        case when may_be_joined and user_id is not null then concat(_source, ':', user_id) end as record_key,
        case
            when not may_be_joined then null
            when anonymous_id is not null then concat(_source, ':device:', anonymous_id)
            when user_id is not null then concat(_source, ':', user_id)
        end as visitor_key
    from told
)

select
    _source as source,
    _entity as entity,
    concat(_source, ':', event_id) as event_id,
    case when visitor_key is not null then {{ surrogate_of(['visitor_key']) }} end as visitor_id,
    visitor_key,
    case when record_key is not null then {{ user_number('record_key') }} end as user_number,
    record_key,
    coalesce(channel <> 'server', true)
    and (coalesce(told_by <> 'visitor', true) or session_hint is not null) as is_of_visit,
    case
        when call_type in ('page', 'screen') or event_name in ('Page Viewed', 'Screen Viewed') then 'page'
        else call_type
    end as type,
    event_name,
    case
        when visitor_key is null then null
        when cart_id is not null then concat(_source, ':', cart_id)
        when session_hint is not null and {{ is_about_a_cart('event_name') }}
            then concat(visitor_key, '.', session_hint)
    end as cart_id,
    order_id,
    case when product_id is not null then {{ surrogate_of(["'web'", 'product_id']) }} end as product_id,
    product_id as product_ref,
    price,
    coalesce(quantity, 1) as quantity,
    {{ money('coalesce(price * coalesce(quantity, 1), value)') }} as amount,
    items,
    value,
    upper(currency) as currency,
    order_revenue,
    order_total,
    order_shipping,
    order_tax,
    order_discount,
    device_type,
    referrer_host,
    campaign,
    coalesce(received_at - (sent_at - original_timestamp), event_at) as event_at,
    coalesce(received_at, event_at) as received_at,
    coalesce(detail = 'envelope', false) as is_envelope,
    coalesce(detail = 'line', false) as is_line,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced,
    _is_changed as is_changed,
    {{ row_hash(['_content', '_line']) }} as row_key,
    {{ row_hash([
        '_entity', 'call_type', 'event_name', 'anonymous_id', 'user_id', 'original_timestamp', 'cart_id', 'order_id',
        'product_id', 'price', 'quantity', 'value', 'currency', 'items', 'order_revenue', 'order_total', 'page_path',
        'referrer_host', 'campaign', 'device_type', 'country'
    ]) }} as payload_hash
from keyed
