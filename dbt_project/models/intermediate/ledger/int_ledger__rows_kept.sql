-- What became of accepted rows: staged, then kept, or merged as a duplicate or an older version. Every version of a
-- household or a product is kept as it was delivered; profiles read the latest. Grain: (source, entity).
{% set known = ' where _known_at <= ' ~ known_by() %}
{% set today = ref('int_orders__lines_unioned') ~ ' where known_until is null' %}
{% set kept = {
    ('transactions', 'basket_line'):
        (ref('stg_transactions__basket_line'), today ~ " and entity = 'basket_line'"),
    ('transactions', 'purchase'):
        (ref('stg_transactions__purchase'), today ~ " and entity = 'purchase'"),
    ('transactions', 'order'):
        (ref('stg_transactions__order'), ref('int_orders__orders_versioned') ~ ' where replaced_at is null'),
    ('transactions', 'order_line'):
        (ref('stg_transactions__order_line'), ref('int_orders__order_lines_versioned') ~ ' where replaced_at is null'),
    ('transactions', 'refund'):
        (ref('stg_transactions__refund'), ref('int_orders__refunds_versioned') ~ ' where replaced_at is null'),
    ('transactions', 'product'): (source('landed', 'transactions__product') ~ known,) * 2,
    ('crm', 'household'): (source('landed', 'crm__household') ~ known,) * 2,
    ('crm', 'contact'): (ref('stg_crm__contact'), ref('int_identity__contacts_latest')),
    ('crm', 'support_contact'):
        (ref('stg_crm__support_contact'), '(select distinct ticket_id from ' ~ ref('stg_crm__support_contact') ~ ')'),
    ('web', 'event'): (ref('stg_web__event'), ref('int_web__events_deduped')),
    ('web', 'interaction'): (ref('stg_web__interaction'), ref('int_web__half_hours_counted')),
} %}
{% set lines = ('basket_line', 'purchase', 'order_line') %}
{% set kept_rows = {'interaction': 'coalesce(sum(events), 0)'} %}
{% set conflict_rows = {
    'event': 'coalesce(sum(conflicts), 0)',
    'interaction': '(select count(*) from ' ~ ref('int_web__interactions_refused') ~ ' where is_conflict)',
} %}
{% for (source_name, entity), (staged, rows_kept) in kept.items() %}
select
    '{{ source_name }}' as source,
    '{{ entity }}' as entity,
    (select count(*) from {{ staged }}) as staged_rows,
    {{ kept_rows.get(entity, 'count(*)') }} as kept_rows,
    {{ conflict_rows.get(entity, '0') }} as conflict_rows,
    {{ 'count(*) filter (where quantity = 0)' if entity in lines else '0' }} as zero_quantity_rows,
    {{ 'count(*) filter (where net_revenue = 0)' if entity in lines else '0' }} as zero_revenue_rows
from {{ rows_kept }}
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
