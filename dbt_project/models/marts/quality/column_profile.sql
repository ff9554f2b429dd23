with measured as (
    select
        summary.*,
        {{ quotient('summary.known_rows', 'summary.rows') }} as completeness,
        {{ quotient('summary.distinct_values', 'summary.known_rows') }} as uniqueness,
        summary.known_rows < threshold.complete_at_least * summary.rows as is_incomplete,
        summary.distinct_values < threshold.distinct_at_least as is_uniform
    from {{ source('landed', 'column_summary') }} as summary
    inner join {{ source('run', 'column_threshold') }} as threshold
        on
            summary.source = threshold.source
            and summary.entity = threshold.entity
            and summary.column_name = threshold.column_name
)

select
    source,
    entity,
    column_name,
    type,
    first_business_date,
    last_business_date,
    rows,
    known_rows,
    distinct_values,
    completeness,
    uniqueness,
    minimum,
    lower_quartile,
    median,
    upper_quartile,
    maximum,
    earliest,
    latest,
    shortest,
    longest,
    common_patterns,
    not is_incomplete and not is_uniform as is_fit,
    case
        when is_incomplete then 'too few values are known'
        when is_uniform then 'too few different values'
    end as reason
from measured
where rows > 0
