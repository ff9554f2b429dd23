with checked as (
    select
        check_name,
        'comparison' as rule,
        count(*) as checked_rows,
        cast(null as decimal(18, 2)) as lowest,
        cast(null as decimal(18, 2)) as highest
    from {{ ref('int_quality__statements_compared') }}
    group by check_name

    union all

    select
        concat(measure, '_is_ordinary') as check_name,
        rule,
        checked_rows,
        lowest,
        highest
    from {{ ref('int_quality__outliers_bounded') }}
),

found as (
    select check_name, rule, max(found_rows) as found_rows
    from {{ ref('quality_finding') }}
    group by check_name, rule
)

select
    checked.check_name,
    checked.rule,
    described.table_name,
    described.severity,
    described.description,
    checked.checked_rows,
    coalesce(found.found_rows, 0) as found_rows,
    checked.lowest,
    checked.highest
from checked
inner join {{ ref('quality_check_name') }} as described on checked.check_name = described.check_name
left join found on checked.check_name = found.check_name and checked.rule = found.rule
