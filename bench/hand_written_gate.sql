-- The claims of expectations/landed/web__interaction.yml as somebody would ask them in one query.
select
    count(*) as interactions,
    count(*) filter (where message_id is null) as without_id,
    count(*) filter (where "timestamp" is null) as without_time,
    count(*) filter (where anonymous_id is null) as without_visitor,
    count(message_id) - count(distinct message_id) as repeated,
    count(*) filter (where type = 'track' and event is null) as without_name,
    count(*) filter (where price < 0 or price > 1000000) as dear,
    count(*) filter (where quantity < 1 or quantity > 1000000) as many,
    count(*) filter (where type not in ('page', 'track', 'identify')) as strange,
    count(*) filter (where event not in ('Products Searched', 'Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed')) as undeclared,
    count(*) filter (where event = 'Order Completed' and order_id is null) as without_order,
    count(*) filter (
        where abs(epoch_ms("timestamp") - (epoch_ms(received_at) - (epoch_ms(sent_at) - epoch_ms(original_timestamp)))) > 1000
    ) as skewed
from read_parquet('{landed}/web/interaction/*/*.parquet', hive_partitioning = false);
