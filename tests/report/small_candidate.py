"""A small candidate made of computed rows, with hostile names in it, under the contracts of the marts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import yaml

from regulars import warehouse
from regulars.config import PROJECT, World

WORLD = World(
    name="corner_shop",
    title="Corner <Shop> & Sons",
    notice="Made for a test; nobody bought anything.",
    business_zone="America/New_York",
    reporting_currency="USD",
    last_business_date=date(2017, 12, 31),
    cut_off_hours=6,
    required=("transactions__basket_line", "crm__household"),
    optional=("web__event", "app__event"),
    alive_from=date(2017, 1, 1),
    alive_until=date(2017, 12, 31),
    is_simulated=True,
)
SCRIPT_NAME = "<script>alert(1)</script>"
IMAGE_NAME = '"><img src=x onerror=alert(2)>'
AS_OF = "timestamp '2018-01-01 05:00:00'"

RUN = f"""
create schema work.run;
create table work.run.origin as select {AS_OF} as as_of, {AS_OF} + interval 6 hour as known_by;
create table work.run.context as
select date '2017-12-31' as business_date, 'America/New_York' as business_zone, 'USD' as reporting_currency,
    'corner_shop' as world, 3 as overdue_times_median_gap, 90 as overdue_at_least_days;
create table work.run.rfm_name as
from (values
    (1, 'Lost', null, null, null, null, null, null, null, true, 'Silent for long.'),
    (2, 'Champions', 4, 5, 4, 5, 4, 5, null, null, 'Best of all.'),
    (3, 'New', null, null, null, null, null, null, 90, null, 'First order a short while ago.'),
    (4, '{SCRIPT_NAME}', 3, 5, null, null, null, null, null, null, 'A hostile name.'),
    (5, 'Needs Attention', null, null, null, null, null, null, null, null, 'In the middle.')
) as name (
    priority, rfm_segment, r_min, r_max, f_min, f_max, m_min, m_max, first_order_max_days, is_overdue, description
)
"""

ORDERS = f"""
insert into marts.fct_order by name
select
    'order-' || i as order_id, 1 + (i * 7919 % (i % 390 + 1)) as customer_id, 'transactions' as source,
    moment as ordered_at, moment::date as business_date, moment as known_at,
    (5 + i * 104729 % 9000 / 100.0)::decimal(18, 2) as net_revenue, 'USD' as currency, 1 + i % 9 as lines,
    1 + i % 12 as units, 0.50 as discount, false as is_zero_revenue
from (
    select i::integer as i, {AS_OF} - interval 5 minute * (i * 31 % 104000 + 1) as moment from range(1, 4001) as r (i)
);
insert into marts.dim_customer by name
select i as customer_id, i % 3 = 0 as has_crm_record, min(ordered_at) as first_order_at,
    max(ordered_at) as last_order_at
from range(1, 401) as r (i) left join marts.fct_order as o on o.customer_id = i group by i;
insert into marts.customer_features by name
select customer_id, {AS_OF} as as_of, 0 as orders, 0 as net_revenue from marts.dim_customer;
insert into marts.customer_rfm by name
with summed as (
    select customer_id, date_diff('day', max(ordered_at), {AS_OF}) as days_since_last_order,
        count(*) as orders, sum(net_revenue) as net_revenue
    from marts.fct_order group by customer_id
),
scored as (
    select *, {AS_OF} as as_of,
        1 + floor(5 * (rank() over (order by days_since_last_order desc) - 1) / count(*) over ())::integer as r,
        1 + floor(5 * (rank() over (order by orders) - 1) / count(*) over ())::integer as f,
        1 + floor(5 * (rank() over (order by net_revenue) - 1) / count(*) over ())::integer as m
    from summed
)
select *, case when days_since_last_order > 200 then 'Lost' when least(r, f, m) >= 4 then 'Champions'
    when r >= 3 then '{SCRIPT_NAME}' else 'Needs Attention' end as rfm_segment from scored;
insert into marts.rfm_cut_off
select as_of, measure, score, min(amount), max(amount), count(*) from (
    select as_of, 'r' as measure, r as score, days_since_last_order::decimal(18, 2) as amount from marts.customer_rfm
    union all select as_of, 'f', f, orders from marts.customer_rfm
    union all select as_of, 'm', m, net_revenue from marts.customer_rfm
) group by all
"""

SCORES = f"""
insert into marts.customer_score
select customer_id, {AS_OF}, 'churn', 'a1b2c3d4e5f6', 28,
    (ntile(1000) over (order by r, customer_id) / 1010.0)::decimal(9, 6),
    null, null, 11 - ntile(10) over (order by r, customer_id), false, null, null, null, null
from marts.customer_rfm
union all
select customer_id, {AS_OF}, 'ltv', 'last_period_revenue', 28, null, (net_revenue / 12)::decimal(18, 2), 'USD',
    ntile(10) over (order by net_revenue, customer_id), true, 'champion x was <trained> on other columns',
    null, null, null
from marts.customer_rfm;
insert into marts.model_quality
select model, 'a1b2c3d4e5f6', scorer, metric, value, timestamp '2017-12-04 05:00:00', 28, 389, 'trial' from (values
    ('churn', 'model', 'roc_auc', 0.8831), ('churn', 'baseline', 'roc_auc', 0.8612),
    ('churn', 'model', 'ece', 0.0192), ('churn', 'baseline', 'ece', 0.0512),
    ('ltv', 'model', 'normalised_gini', 0.8312), ('ltv', 'baseline', 'normalised_gini', 0.8011),
    ('ltv', 'model', 'bias', -0.0123), ('ltv', 'baseline', 'bias', 0.0831),
    ('ltv', 'model', 'mae', 41.5), ('ltv', 'baseline', 'mae', 52.25)
) as q (model, scorer, metric, value)
union all
select 'churn', version, scorer, metric, value, origin, 28, 380, 'live' from (values
    ('recency_rule', 'baseline', 'roc_auc', 0.71, timestamp '2017-11-01 04:00:00'),
    ('recency_rule', 'baseline', 'ece', 0.09, timestamp '2017-11-01 04:00:00'),
    ('a1b2c3d4e5f6', 'model', 'roc_auc', 0.84, timestamp '2017-11-02 04:00:00'),
    ('a1b2c3d4e5f6', 'model', 'ece', 0.02, timestamp '2017-11-02 04:00:00'),
    ('b1b2c3d4e5f6', 'model', 'not_measured', null, timestamp '2017-11-03 04:00:00')
) as l (version, scorer, metric, value, origin);
insert into marts.model_lift
select model, 'a1b2c3d4e5f6', scorer, decile, 38 + decile % 2,
    round(top * power(decile / 10.0, 2), 6), round(top * power(decile / 10.0, bend), 6),
    round(2.6 * power(decile / 10.0, bend), 4)
from (values ('churn', 0.9), ('ltv', 380.0)) as m (model, top)
cross join (values ('model', 2.1), ('baseline', 1.5)) as s (scorer, bend) cross join range(1, 11) as d (decile)
"""

CLUSTERS = f"""
create schema work.score;
create table work.score.cluster_feature as
select cluster_id, feature, label, unit, 1.0 as p10, 2.0 as p25,
    2.5 + cluster_id as median, 9.0 as p75, 12.5 as p90, 3.0 as median_of_all
from range(1, 3) as r (cluster_id)
cross join (values ('orders', 'orders of <all> time', 'orders'), ('spent', 'spent', 'currency'))
    as f (feature, label, unit);
create table work.score.cluster_point as
select 'k_distance' as plot, 0 as series, i as place, i * 10.0 as x, i / 8.0 as y, null::integer as cluster_id
from range(5) as r (i)
union all select 'dendrogram', series, place, series + place // 2, if(place in (1, 2), 7.25 - series, 0), null
from range(2) as s (series), range(4) as p (place)
union all select 't_sne_' || perplexity, 0, i, i, -i, 1 + i % 2
from unnest([5, 30]) as p (perplexity), range(6) as r (i);
insert into marts.cluster by name
select cluster_id, {AS_OF} as as_of, 'c1' as version, name, 'Medians: orders 3.' as description, '{{}}' as medians,
    200 as customers, 0.5 as share, 0.4375 as share_when_found, later as later_net_revenue, 'USD' as currency,
    28 as horizon_days, timestamp '2017-12-04 05:00:00' as found_at,
    if(cluster_id = 1, 'orders', null) as split_feature, if(cluster_id = 1, 4.5, null) as split_at,
    if(cluster_id = 1, 200.5, null) as later_net_revenue_above,
    if(cluster_id = 1, 40.25, null) as later_net_revenue_below
from (values (1, 'Spend {SCRIPT_NAME}', 120.25), (2, 'Spend less', 12.5)) as c (cluster_id, name, later);
insert into marts.customer_cluster by name
select customer_id, {AS_OF} as as_of, 'c1' as version, 1 + customer_id % 2 as cluster_id,
    (0.55 + customer_id % 4 / 10.0)::decimal(9, 6) as probability, customer_id % 2 as component_1,
    0.5 as component_2, -1 as component_3
from marts.dim_customer;
insert into marts.cluster_trial by name
select algorithm, clusters, 'c1' as version, '' as setting, 400 as customers, 1000.0 / clusters as inertia,
    silhouette, 0.02 as dunn, 0.9 as stability, smallest as smallest_share, 0.0 as noise_share, 0.4 as later_value,
    algorithm = 'k_means' and clusters = 2 as is_chosen, 'because' as reason
from (values
    ('k_means', 2, 0.3125, 0.5), ('k_means', 3, 0.25, 0.125), ('k_means_raw', 2, 0.6875, 0.0004), ('ward', 2, 0.29, 0.4)
) as t (algorithm, clusters, silhouette, smallest)
"""

SEGMENTS = f"""
insert into marts.dim_segment values
    ('worth_a_call', 'Worth a call', 'dynamic', 'm is at least 4, churn decile 8', 'High value, likely to leave.'),
    ('rfm_champions', 'Champions', 'dynamic', 'RFM segment is Champions', 'Best of all.'),
    ('families', '{IMAGE_NAME.replace("'", "''")}', 'dynamic', 'kids count is not <b>0</b>', 'Has {SCRIPT_NAME}.'),
    ('nobody', 'Nobody', 'dynamic', 'orders is less than 0', 'Empty on purpose.'),
    ('pilot_group', 'Pilot group', 'static', 'chosen by hand: 12 records', 'A fixed list.');
insert into marts.segment_membership
select customer_id, segment_id, {AS_OF}, {AS_OF}, 'INITIAL' from (
    select rfm.customer_id, 'worth_a_call' as segment_id from marts.customer_rfm as rfm
    inner join marts.customer_score as s on rfm.customer_id = s.customer_id and s.model = 'churn'
    where rfm.m >= 4 and s.decile >= 8
    union all select customer_id, 'rfm_champions' from marts.customer_rfm where rfm_segment = 'Champions'
    union all select customer_id, 'families' from marts.dim_customer where customer_id % 3 = 0
    union all select customer_id, 'pilot_group' from marts.dim_customer where customer_id between 390 and 401
)
"""

OPERATIONS = f"""
insert into marts.drift by name
select 'churn' as model, 'v' as version, what, name, 'psi' as measure, figure, 0.1 as warn_at, 0.25 as alarm_at,
    state, figure > 1 as is_break, nights, 400 as rows, because, {AS_OF} as as_of
from (values
    ('feature', 'a', 1.5, 'alarm', 3, 'orders <b>are</b> few'), ('score', 'churn', 0.12, 'warn', 0, 'scores: PSI 0.12'),
    ('feature', 'b', 0.01, 'ok', 0, 'nothing of note')) as d (what, name, figure, state, nights, because);
insert into marts.segment_change
select {AS_OF}, 'rfm', before, after, customers
from (values ('New', 'New', 100), ('New', 'Lost', 7), ('Lost', '{SCRIPT_NAME}', 12), (null, 'New', 4))
    as s (before, after, customers);
insert into marts.source_ledger by name from (values
    ('crm', 'household', true, false, 365, 364, 1, 801, 790, 11, 0, 0, date '2017-12-31', 0, 0),
    ('transactions', 'basket_line', true, false, 365, 0, 365, 1469307, 1469300, 4, 3, 0, date '2017-12-29', 8869, 4836),
    ('web', 'event', false, false, 365, 96, 269, 5000, 5000, 0, 0, 0, date '2017-12-31', 0, 0),
    ('app', 'event', false, true, 0, 0, 0, 0, 0, 0, 0, 0, null, 0, 0)
) as l (
    source, entity, is_required, is_absent, deliveries, repeated_deliveries, contents, read_rows, accepted_rows,
    quarantined_rows, duplicate_rows, lost_rows, last_business_date, zero_quantity_rows, zero_revenue_rows
);
insert into marts.identity_quality values
    ('records', 'all', 450), ('customers', 'all', 400), ('customers', 'of 2 records', 48),
    ('customers', 'of 10 records', 1), ('edges', 'same_email', 30), ('edges', 'likeness', 28),
    ('labelled pairs', 'found', 100), ('labelled pairs', 'true', 110), ('labelled pairs', 'right', 99),
    ('labelled pairs', 'precision', 0.99), ('labelled pairs', 'recall', 0.9), ('labelled pairs', 'F1', 0.942857);
insert into marts.identity_refusal values ('shared_value', 'same_email', '<b>77</b>', 12, 9);
insert into marts.cleaning_log values
    ('crm', 'household', 'refused while landing', 'income is not a <band>', 11),
    ('transactions', 'basket_line', 'refused while landing', 'impossible date', 4);
insert into marts.gate_result values
    ('landed', 'crm__household', 'not_null household_id', 'critical', true, 0, 801, 'Every household has a number.'),
    ('profile', 'marts.customer_rfm', 'between r', 'critical', true, 0, 389, 'Scores lie between 1 and 5.'),
    ('landed', 'transactions__basket_line', 'between quantity', 'warning', false, 4, 1469307, 'Quantities are small.');
insert into marts.fct_event by name
select 'event-' || i as event_id, 1 + i % 400 as customer_id, 'web' as source,
    if(i % 4 = 0, 'Coupon Redeemed', 'Campaign Received') as event_name,
    timestamp '2017-11-01' as event_at, timestamp '2017-11-02' as known_at
from range(1, 201) as r (i)
"""


def contracted_tables() -> Iterator[str]:
    """A statement for each mart, with the columns and types its contract says."""
    for path in sorted((PROJECT / "dbt_project" / "models" / "marts").glob("*/_*.yml")):
        for model in yaml.safe_load(path.read_text())["models"]:
            columns = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in model["columns"])
            yield f"create table marts.{model['name']} ({columns})"


def make_candidate(folder: Path, *fillings: str) -> Path:
    """A candidate whose marts are empty but for ``fillings``."""
    folder.mkdir(parents=True)
    warehouse.create(folder / "regulars.duckdb")
    warehouse.create(folder / "work.duckdb")
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema marts")
        for statement in (*contracted_tables(), RUN, *fillings):
            connection.execute(statement)
    return folder
