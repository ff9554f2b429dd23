-- What became of accepted rows: staged, then kept or merged as a duplicate. Grain: (source, entity).
select
    'transactions' as source,
    'basket_line' as entity,
    (select count(*) from {{ ref('stg_transactions__basket_line') }}) as staged_rows,
    count(*) as kept_rows,
    0 as conflict_rows,
    count(*) filter (where quantity = 0) as zero_quantity_rows,
    count(*) filter (where net_revenue = 0) as zero_revenue_rows
from {{ ref('fct_order_line') }}
where entity = 'basket_line'

union all

select
    'transactions' as source,
    'purchase' as entity,
    (select count(*) from {{ ref('stg_transactions__purchase') }}) as staged_rows,
    count(*) as kept_rows,
    0 as conflict_rows,
    count(*) filter (where quantity = 0) as zero_quantity_rows,
    count(*) filter (where net_revenue = 0) as zero_revenue_rows
from {{ ref('fct_order_line') }}
where entity = 'purchase'

union all

select
    'web' as source,
    'event' as entity,
    (select count(*) from {{ ref('stg_web__event') }}) as staged_rows,
    count(*) as kept_rows,
    coalesce(sum(conflicting_versions), 0) as conflict_rows,
    0 as zero_quantity_rows,
    0 as zero_revenue_rows
from {{ ref('fct_event') }}

union all

-- Every version of a snapshot is kept as it was delivered; profiles read the latest.
select
    'crm' as source,
    'household' as entity,
    count(*) as staged_rows,
    count(*) as kept_rows,
    0 as conflict_rows,
    0 as zero_quantity_rows,
    0 as zero_revenue_rows
from {{ source('landed', 'crm__household') }}
where _known_at <= {{ known_by() }}

union all

select
    'transactions' as source,
    'product' as entity,
    count(*) as staged_rows,
    count(*) as kept_rows,
    0 as conflict_rows,
    0 as zero_quantity_rows,
    0 as zero_revenue_rows
from {{ source('landed', 'transactions__product') }}
where _known_at <= {{ known_by() }}
