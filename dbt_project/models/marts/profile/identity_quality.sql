-- How records became customers, in figures. Grain: measure, subject.
with size as (
    select customer_id, count(distinct record_key) as records
    from {{ ref('bridge_customer_identifier') }}
    group by customer_id
),

pairs as (
    select
        found,
        actual,
        correct,
        {{ quotient('correct', 'found') }} as correct_of_found,
        {{ quotient('correct', 'actual') }} as correct_of_actual,
        {{ quotient('2 * correct', 'found + actual') }} as f1
    from {{ source('resolve', 'labelled_pair') }}
),

told as (
    select 'records' as measure, 'all' as subject, sum(records) as figure from size
    union all
    select 'customers' as measure, 'all' as subject, count(*) as figure from size
    union all
    select 'customers' as measure, concat('of ', records, ' records') as subject, count(*) as figure
    from size
    where records > 1
    group by records
    union all
    select 'edges' as measure, rule as subject, count(*) as figure
    from {{ ref('fct_identity_edge') }}
    group by rule
    union all
    select 'labelled pairs' as measure, 'found' as subject, found as figure from pairs
    union all
    select 'labelled pairs' as measure, 'true' as subject, actual as figure from pairs
    union all
    select 'labelled pairs' as measure, 'right' as subject, correct as figure from pairs
    union all
    select 'labelled pairs' as measure, 'precision' as subject, correct_of_found as figure from pairs
    union all
    select 'labelled pairs' as measure, 'recall' as subject, correct_of_actual as figure from pairs
    union all
    select 'labelled pairs' as measure, 'F1' as subject, f1 as figure from pairs
)

select measure, subject, cast(figure as decimal(18, 6)) as figure
from told
where figure is not null
