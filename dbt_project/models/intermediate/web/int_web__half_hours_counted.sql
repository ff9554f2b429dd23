-- What a visitor did in one half hour of the clock: less than 30 minutes, so always within one session, and several
-- times fewer rows to put in order than there are events. user_id is the last who was logged in; context that of the
-- first event. Grain: (visitor_id, half_hour).
select
    visitor_id,
    {{ half_hour('event_at') }} as half_hour,
    min(event_at) as started_at,
    max(event_at) as ended_at,
    {{ last_value_by('user_id', ['event_at', 'user_id']) }} filter (where user_id is not null) as user_id,
    {{ first_value_by('context', ['event_at', 'context']) }} as context,
    count(*) as events,
    count(*) filter (where type = 'page') as page_views,
    count(*) filter (where event_name = 'Product Viewed') as product_views,
    count(*) filter (where event_name = 'Product Added') as cart_additions,
    count(*) filter (where event_name = 'Checkout Started') as checkouts,
    count(*) filter (where event_name = 'Order Completed') as orders
from (
    select
        interaction.*,
        {{ row_hash(['interaction.device_type', 'interaction.referrer_host', 'interaction.campaign']) }} as context
    from {{ ref('int_web__interactions_deduped') }} as interaction
    {{ of_touched_visitors('interaction') }}
) as interaction
group by visitor_id, half_hour
