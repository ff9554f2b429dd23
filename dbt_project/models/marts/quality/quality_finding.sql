-- Nothing is taken out of a fact for it: a finding is for somebody to look at.
with found as (
    select
        check_name,
        'comparison' as rule,
        key,
        stated as value,
        expected as lowest,
        expected as highest,
        abs(stated - coalesce(expected, 0)) as distance
    from {{ ref('int_quality__statements_compared') }}
    where not is_agreed

    union all

    select
        concat(bound.measure, '_is_ordinary') as check_name,
        bound.rule,
        concat_ws('/', listed.key, listed.line_number) as key,
        listed.value,
        bound.lowest,
        bound.highest,
        greatest(bound.lowest - listed.value, listed.value - bound.highest) as distance
    from {{ ref('int_quality__outliers_bounded') }} as bound
    inner join {{ ref('int_quality__measures_listed') }} as listed on bound.measure = listed.measure
    where listed.value < bound.lowest or listed.value > bound.highest
),

ranked as (
    select
        *,
        row_number() over (partition by check_name, rule order by distance desc, key asc) as place,
        count(*) over (partition by check_name, rule) as found_rows
    from found
)

select
    check_name,
    rule,
    key,
    value,
    lowest,
    highest,
    cast(place as integer) as place,
    found_rows
from ranked
where place <= 100
