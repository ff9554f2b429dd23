-- Where the ordinary values of a measure end, by two rules. z_score: three standard deviations around the mean. iqr:
-- 1.5 times the distance of the quartiles beyond them; where half of the values are alike that says nothing, and there
-- is no row. Over whole hundredths, so that it comes out the same in any order. Grain: (measure, rule).
with summed as (
    select
        measure,
        count(*) as checked_rows,
        sum({{ cents('value') }}) as total,
        sum(cast({{ cents('value') }} as hugeint) * {{ cents('value') }}) as squares,
        {{ quantile('value', 0.25) }} as lower_quartile,
        {{ quantile('value', 0.75) }} as upper_quartile
    from {{ ref('int_quality__measures_listed') }}
    group by measure
),

spread as (
    select
        *,
        {{ quotient('total', 'checked_rows') }} as mean,
        sqrt({{ quotient('checked_rows * squares - total * total', 'checked_rows * (checked_rows - 1)') }}) as deviation
    from summed
)

select
    measure,
    'z_score' as rule,
    checked_rows,
    {{ money('(mean - 3 * deviation) / 100') }} as lowest,
    {{ money('(mean + 3 * deviation) / 100') }} as highest
from spread
where deviation > 0

union all

select
    measure,
    'iqr' as rule,
    checked_rows,
    {{ money('lower_quartile - 1.5 * (upper_quartile - lower_quartile)') }} as lowest,
    {{ money('upper_quartile + 1.5 * (upper_quartile - lower_quartile)') }} as highest
from spread
where upper_quartile > lower_quartile
