{#- One row a customer with an order before {{ as_of }}, from rows of `purchase` before it, as they were known then.
    Windows, lags and half-lives are in horizons, so that a log of weeks and one of years are read alike.
    `{{ customers }}` says which customers; null means that there is nothing to measure. -#}
with
known as (
    select
        *,
        epoch({{ as_of }} - ordered_at) / 86400.0 as days_ago,
        cast(ceil(epoch({{ as_of }} - ordered_at) / 86400.0) as integer) as day,
        cast(amount as double) as spend
    from purchase
    where {{ known }} and {{ customers }}
),

history as (
    select epoch({{ as_of }} - min(ordered_at)) / 86400.0 as history_days
    from purchase
    where {{ known }}
),

order_day as (
    select
        customer,
        day,
        lead(day) over (partition by customer order by day) - day as gap_days
    from (select distinct customer, day from known where is_order)
),

rhythm as (
    select
        customer,
        count(*) as order_days,
        min(day) as last_order_day,
        max(day) as first_order_day,
        median(gap_days) as median_gap_days,
        quantile_cont(gap_days, 0.9) as p90_gap_days,
        max(gap_days) as max_gap_days,
        avg(gap_days) as mean_gap_days,
        stddev_samp(gap_days) as std_gap_days,
        max(gap_days) filter (day <= {{ 2 * horizon_days }}) as max_gap_days_2h,
        avg(gap_days) filter (day <= {{ horizon_days }}) as mean_gap_days_1h,
        {%- for window in windows %}
        count(*) filter (day <= {{ window * horizon_days }}) as order_days_{{ loop.index }},
        count(distinct day // 7) filter (day <= {{ window * horizon_days }}) as order_weeks_{{ loop.index }},
        {%- endfor %}
        {%- for half_life in half_lives %}
        sum(exp(-ln(2) * day / {{ half_life * horizon_days }})) as order_days_faded_{{ loop.index }},
        {%- endfor %}
        {%- for place in places %}
        list(day order by day)[{{ place }}] as days_since_last_{{ place }},
        {%- endfor %}
    from order_day
    group by customer
),

bought as (
    select
        customer,
        count(*) filter (is_order) as orders,
        max(days_ago) filter (is_order) as age_days,
        min(days_ago) filter (is_order) as silence_days,
        sum(spend) as spend,
        avg(spend) filter (is_order) as average_order_value,
        median(spend) filter (is_order) as median_order_value,
        max(spend) as max_order_value,
        stddev_samp(spend) filter (is_order) as std_order_value,
        arg_min(spend, (days_ago, spend)) filter (is_order) as last_order_value,
        avg(spend) filter (is_order and days_ago <= {{ horizon_days }}) as average_order_value_1h,
        avg(lines) as lines_per_order,
        avg(lines) filter (days_ago <= {{ horizon_days }}) as lines_per_order_1h,
        avg(categories) as categories_per_order,
        avg(categories) filter (days_ago <= {{ horizon_days }}) as categories_per_order_1h,
        avg(cast(dayofweek(ordered_at) in (0, 6) as integer)) as weekend_share,
        avg(hour(ordered_at)) as mean_hour,
        sum(least(spend, 0)) as refunds,
        {%- for window in windows %}
        coalesce(sum(spend) filter (days_ago <= {{ window * horizon_days }}), 0) as spend_{{ loop.index }},
        {%- endfor %}
        {%- for start, end in lags %}
        coalesce(
            sum(spend) filter (days_ago > {{ start * horizon_days }} and days_ago <= {{ end * horizon_days }}), 0
        ) as spend_lag_{{ loop.index }},
        {%- endfor %}
        {%- for half_life in half_lives %}
        sum(spend * exp(-ln(2) * days_ago / {{ half_life * horizon_days }})) as spend_faded_{{ loop.index }},
        {%- endfor %}
    from known
    group by customer
)

select
    bought.*,
    rhythm.* exclude (customer),
    history.history_days,
    rhythm.last_order_day / (coalesce(rhythm.median_gap_days, rhythm.first_order_day) + 1) as silence_over_median_gap,
    rhythm.last_order_day / (coalesce(rhythm.p90_gap_days, rhythm.first_order_day) + 1) as silence_over_p90_gap,
    (rhythm.last_order_day - rhythm.mean_gap_days) / (rhythm.std_gap_days + 1) as silence_gap_z,
    rhythm.order_days / bought.age_days as order_day_share,
    bought.spend / bought.age_days as spend_per_day,
    bought.spend / history.history_days as spend_per_day_of_log
from bought
inner join rhythm on bought.customer = rhythm.customer
cross join history
order by bought.customer
