-- The same facts in the usual style of a dbt project: everything is selected, keys are texts, each step is a table.
create table source_events as
select * from read_parquet('{landed}/web/interaction/*/*.parquet', hive_partitioning = false);

create table stg_events as
select
    *,
    md5(message_id) as event_key,
    md5(anonymous_id) as visitor_key
from source_events;

create table events_marked as
select
    *,
    case
        when
            epoch_us("timestamp") - lag(epoch_us("timestamp")) over (partition by visitor_key order by "timestamp")
            < 1800000000 then 0
        else 1
    end as is_first
from stg_events;

create table events_with_session as
select
    *,
    visitor_key || '-' || cast(sum(is_first) over (partition by visitor_key order by "timestamp" rows unbounded preceding) as varchar) as session_key
from events_marked;

create table sessions as
select visitor_key, count(distinct session_key) as sessions, count(*) as events
from events_with_session
group by visitor_key;

create table days as
select cast("timestamp" as date) as day, type, count(distinct event_key) as events
from events_with_session
group by all;

create table stg_orders as
select *, md5(cast(order_id as varchar)) as order_key, md5(cast(contact_id as varchar)) as customer_key
from read_parquet('{landed}/transactions/order/*/*.parquet', hive_partitioning = false);

create table stg_order_lines as
select *, md5(cast(order_id as varchar)) as order_key
from read_parquet('{landed}/transactions/order_line/*/*.parquet', hive_partitioning = false);

create table rfm as
select
    orders.customer_key,
    max(lines.ordered_at) as last_order_at,
    count(distinct lines.order_key) as orders,
    sum(lines.net_revenue) as net_revenue
from stg_order_lines as lines
inner join (select distinct order_key, customer_key from stg_orders where status = 'completed') as orders
    on lines.order_key = orders.order_key
group by orders.customer_key;
