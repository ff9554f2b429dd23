-- Who moved where since the publication before: RFM names and clusters, of which a customer has one at a time.
with origin as (
    select max(as_of) as as_of
    from {{ source('run', 'origin') }}
),

before as (
    select 'rfm' as family, customer_id, rfm_segment as segment
    from {{ source('previous', 'customer_rfm') }}
    union all
    select 'cluster' as family, member.customer_id, cluster.name as segment
    from {{ source('previous', 'customer_cluster') }} as member
    inner join {{ source('previous', 'cluster') }} as cluster on member.cluster_id = cluster.cluster_id
),

tonight as (
    select 'rfm' as family, customer_id, rfm_segment as segment
    from {{ ref('customer_rfm') }}
    union all
    select 'cluster' as family, member.customer_id, cluster.name as segment
    from {{ ref('customer_cluster') }} as member
    inner join {{ ref('cluster') }} as cluster on member.cluster_id = cluster.cluster_id
)

select
    origin.as_of,
    coalesce(tonight.family, before.family) as family,
    before.segment as from_segment,
    tonight.segment as to_segment,
    count(*) as customers
from before
full join tonight on before.family = tonight.family and before.customer_id = tonight.customer_id
cross join origin
group by all
union all
select earlier.as_of, earlier.family, earlier.from_segment, earlier.to_segment, earlier.customers
from {{ source('previous', 'segment_change') }} as earlier
cross join origin
where earlier.as_of < origin.as_of and earlier.as_of >= origin.as_of - interval 92 day
