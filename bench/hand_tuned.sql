-- What somebody would write by hand for sessions, days and RFM alone: few columns, integer keys, one sorted window.
-- No duplicates are looked for, nothing is versioned, no cart, no channel.
create table sessions as
select
    visitor_id,
    count(*) as sessions,
    sum(events) as events
from (
    select visitor_id, session, count(*) as events
    from (
        select
            visitor_id,
            sum(is_first) over (partition by visitor_id order by "at" rows unbounded preceding) as session
        from (
            select
                visitor_id,
                "at",
                case when "at" - lag("at") over (partition by visitor_id order by "at") < 1800000000 then 0 else 1 end as is_first
            from (
                select hash(anonymous_id) as visitor_id, epoch_us("timestamp") as "at"
                from read_parquet('{landed}/web/interaction/*/*.parquet', hive_partitioning = false)
            )
        )
    )
    group by visitor_id, session
)
group by visitor_id;

create table days as
select cast("timestamp" as date) as day, type, count(*) as events
from read_parquet('{landed}/web/interaction/*/*.parquet', hive_partitioning = false)
group by all;

create table rfm as
select
    orders.contact_id,
    max(lines.ordered_at) as last_order_at,
    count(distinct orders.order_id) as orders,
    sum(lines.net_revenue) as net_revenue
from read_parquet('{landed}/transactions/order_line/*/*.parquet', hive_partitioning = false) as lines
inner join (
    select distinct order_id, contact_id
    from read_parquet('{landed}/transactions/order/*/*.parquet', hive_partitioning = false)
    where status = 'completed'
) as orders on lines.order_id = orders.order_id
group by orders.contact_id;
