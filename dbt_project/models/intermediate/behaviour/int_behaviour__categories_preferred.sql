-- What customers buy most: the category with the most net revenue in 365 days; of equal ones the first by name.
-- Grain: (as_of, customer_id), customers who paid for something of a known category.
with origin as (
    select as_of, {{ business_day('as_of') }} as business_date
    from {{ source('run', 'origin') }}
),

bought as (
    select
        origin.as_of,
        line.customer_id,
        line.product_category,
        {{ cents('sum(line.net_revenue)') }} as cents
    from {{ ref('fct_order_line') }} as line
    inner join origin
        on
            line.ordered_at < origin.as_of
            and line.ordered_at >= {{ business_day_start('origin.business_date - 365') }}
    where line.product_category is not null
    group by origin.as_of, line.customer_id, line.product_category
    having sum(line.net_revenue) > 0
)

select
    as_of,
    customer_id,
    product_category as top_category_365d,
    {{ quotient('cents', 'sum(cents) over of_customer') }} as top_category_share_365d,
    count(*) over of_customer as categories_365d
from bought
window of_customer as (partition by as_of, customer_id)
qualify row_number() over (partition by as_of, customer_id order by cents desc, product_category asc) = 1
