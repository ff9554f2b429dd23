-- Of how many customers an entity says something. What names no customer, as a catalogue, is not here.
-- Grain: (source, entity).
{% set said = {
    ('crm', 'household'): ref('customer_attribute_version') ~ " where entity = 'crm__household'",
    ('crm', 'contact'): ref('customer_attribute_version') ~ " where entity = 'crm__contact'",
    ('crm', 'support_contact'): ref('fct_support_contact'),
    ('crm', 'survey_answer'): ref('customer_attribute_version') ~ " where entity = 'crm__survey_answer'",
    ('enrichment', 'consumer'): ref('customer_attribute_version') ~ " where entity = 'enrichment__consumer'",
    ('enrichment', 'area'): ref('customer_attribute_version') ~ " where entity = 'enrichment__area'",
    ('social', 'engagement'): ref('fct_social_engagement'),
    ('transactions', 'basket_line'): ref('fct_order_line') ~ " where entity = 'basket_line'",
    ('transactions', 'purchase'): ref('fct_order_line') ~ " where entity = 'purchase'",
    ('transactions', 'order'): ref('fct_order_line') ~ " where entity = 'order_line'",
    ('transactions', 'order_line'): ref('fct_order_line') ~ " where entity = 'order_line'",
    ('transactions', 'refund'): ref('fct_refund'),
    ('web', 'event'): ref('fct_event'),
    ('web', 'interaction'): ref('fct_session'),
} %}
{% for (source_name, entity), relation in said.items() -%}
select '{{ source_name }}' as source, '{{ entity }}' as entity, count(distinct customer_id) as customers
from {{ relation }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
