-- What became of accepted rows: staged, then kept, or merged as a duplicate or an older version. Every version of a
-- household or a product is kept as it was delivered; profiles read the latest. Of the lines of orders that count, some
-- have no quantity and some no revenue. A visitor's events are counted where they ended up, in a session or among the
-- duplicates, so one that a night forgot to add is a lost row. Grain: (source, entity).
{% set known = ' where _known_at <= ' ~ known_by() %}
{% set kept = {
    ('transactions', 'basket_line'):
        (ref('stg_transactions__basket_line'), ref('fct_order_line') ~ " where entity = 'basket_line'"),
    ('transactions', 'purchase'):
        (ref('stg_transactions__purchase'), ref('fct_order_line') ~ " where entity = 'purchase'"),
    ('transactions', 'order'):
        (ref('stg_transactions__order'), distinct_of('order_id', ref('stg_transactions__order'))),
    ('transactions', 'order_line'): (
        ref('stg_transactions__order_line'),
        distinct_of('order_id, line_number', ref('stg_transactions__order_line')),
    ),
    ('transactions', 'refund'):
        (ref('stg_transactions__refund'), ref('int_orders__refunds_versioned') ~ ' where replaced_at is null'),
    ('transactions', 'product'): (source('landed', 'transactions__product') ~ known,) * 2,
    ('crm', 'household'): (source('landed', 'crm__household') ~ known,) * 2,
    ('crm', 'contact'): (ref('stg_crm__contact'), ref('int_identity__contacts_latest') ~ " where source = 'crm'"),
    ('crm', 'support_contact'):
        (ref('stg_crm__support_contact'), distinct_of('ticket_id', ref('stg_crm__support_contact'))),
    ('crm', 'survey_answer'):
        (ref('stg_crm__survey_answer'), distinct_of('answer_id', ref('stg_crm__survey_answer'))),
    ('enrichment', 'consumer'):
        (ref('stg_enrichment__consumer'), distinct_of('record_key', ref('stg_enrichment__consumer'))),
    ('enrichment', 'area'): (ref('stg_enrichment__area'), distinct_of('record_key', ref('stg_enrichment__area'))),
    ('social', 'engagement'): (ref('stg_social__engagement'), ref('fct_social_engagement')),
    ('web', 'event'): (ref('stg_web__event'), ref('fct_event')),
    ('web', 'interaction'): (ref('fct_interaction_duplicate'), ref('fct_session')),
} %}
{% set of_exports =
    '(select count(*) from ' ~ ref('int_web__interactions_deduped') ~ " where entity <> 'web__interaction')" %}
{% set kept_rows = {'interaction': 'coalesce(sum(events), 0) - ' ~ of_exports} %}
{% set staged_rows = {
    'interaction': "count(*) filter (where entity = 'web__interaction') + (select coalesce(sum(events), 0) from "
        ~ ref('fct_session') ~ ') - ' ~ of_exports,
} %}
{% set conflict_rows = {
    'event': 'coalesce(sum(conflicting_versions), 0)',
    'interaction': '(select count(*) from ' ~ ref('fct_interaction_duplicate')
        ~ " where is_conflict and entity = 'web__interaction')",
} %}
with line as (
    select
        entity,
        count(*) filter (where quantity = 0) as zero_quantity_rows,
        count(*) filter (where net_revenue = 0) as zero_revenue_rows
    from {{ ref('fct_order_line') }}
    group by entity
),

told as (
    select entity, count(*) as staged_rows
    from {{ ref('stg_export__event') }}
    group by entity
),

refused as (
    select entity, count(*) as refused_rows, count(*) filter (where is_conflict) as conflict_rows
    from {{ ref('fct_interaction_duplicate') }}
    group by entity
),

kept as (
    {% for (source_name, entity), (staged, rows_kept) in kept.items() %}
    select
        '{{ source_name }}' as source,
        '{{ entity }}' as entity,
        (select {{ staged_rows.get(entity, 'count(*)') }} from {{ staged }}) as staged_rows,
        {{ kept_rows.get(entity, 'count(*)') }} as kept_rows,
        {{ conflict_rows.get(entity, '0') }} as conflict_rows
    from {{ rows_kept }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    union all
    select
        split_part(told.entity, '__', 1) as source,
        split_part(told.entity, '__', 2) as entity,
        told.staged_rows,
        told.staged_rows - coalesce(refused.refused_rows, 0) as kept_rows,
        coalesce(refused.conflict_rows, 0) as conflict_rows
    from told
    left join refused on told.entity = refused.entity
    union all
    -- Rows of an export whose order, or contact, a later file has.
    select
        said.source,
        split_part(said.entity, '__', 2) as entity,
        count(*) as staged_rows,
        count(placed.order_id) as kept_rows,
        0 as conflict_rows
    from {{ ref('stg_export__order_row') }} as said
    left join {{ ref('int_exports__orders_latest') }} as placed
        on said.order_id = placed.order_id and said.content_sha256 = placed.content_sha256
    group by said.source, said.entity
    union all
    select
        said.source,
        split_part(said.entity, '__', 2) as entity,
        count(*) as staged_rows,
        count(latest.record_key) as kept_rows,
        0 as conflict_rows
    from {{ ref('stg_export__contact') }} as said
    left join {{ ref('int_identity__contacts_latest') }} as latest
        on
            said.source = latest.source
            and said.record_key = latest.record_key
            and said.content_sha256 = latest.content_sha256
            and said.source_line = latest.source_line
    group by said.source, said.entity
)

select
    kept.*,
    coalesce(line.zero_quantity_rows, 0) as zero_quantity_rows,
    coalesce(line.zero_revenue_rows, 0) as zero_revenue_rows
from kept
left join line on line.entity in (kept.entity, concat(kept.source, '__', kept.entity))
